"""PyTorch: transformers' BertModel with scaled_dot_product_attention, one message a run; fp32 and bf16."""
from .peer import Peer, padded


class PyTorch(Peer):
    def __init__(self, model, cache, precision):
        super().__init__(model, cache)
        self.precision = precision

    def version(self):
        import torch
        import transformers
        return f"PyTorch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"

    def load(self):
        import torch
        from transformers import BertModel
        torch.set_num_threads(1)
        kind = torch.bfloat16 if self.precision == "bf16" else torch.float32
        self.bert = BertModel.from_pretrained(self.model.folder, attn_implementation="sdpa", add_pooling_layer=False,
                                              dtype=kind).eval()

    def states(self, ids, mask=None):
        import torch
        with torch.inference_mode():
            given = None if mask is None else torch.from_numpy(mask)
            return self.bert(input_ids=torch.from_numpy(ids), attention_mask=given).last_hidden_state.float().numpy()

    def run(self, ids):
        return self.pool(self.states(ids[None]), [len(ids)])[0]

    def run_batch(self, messages):
        ids, mask, counts = padded(messages)
        return self.pool(self.states(ids, mask), counts)


def modes(model, cache):
    for precision in ("fp32", "bf16"):
        yield f"pytorch-{precision}", precision, "SDPA", lambda p=precision: PyTorch(model, cache, p)
