"""The ONNX graph that people get: PyTorch's exporter on transformers' BertModel. ids, mask → last hidden state."""


def hidden_state_module(model, attention):
    import torch
    from transformers import BertModel

    class HiddenState(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = BertModel.from_pretrained(model.folder, attn_implementation=attention,
                                                  add_pooling_layer=False).eval()

        def forward(self, ids, mask):
            return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state

    return HiddenState()


def export(model, path, for_fusion):
    """`for_fusion`: attention in single operators and the older exporter, whose graph ONNX Runtime's fusion tool knows;
    else today's exporter with scaled_dot_product_attention."""
    import torch
    ids = torch.randint(1000, model.vocabulary, (2, 16))
    if for_fusion:
        free = {0: "messages", 1: "tokens"}
        how = {"dynamo": False, "dynamic_axes": {"ids": free, "mask": free, "states": free}}
    else:
        free = {0: torch.export.Dim("messages"), 1: torch.export.Dim("tokens", min=2, max=model.positions)}
        how = {"dynamo": True, "external_data": False, "dynamic_shapes": {"ids": free, "mask": free}}
    with torch.inference_mode():
        torch.onnx.export(hidden_state_module(model, "eager" if for_fusion else "sdpa"), (ids, torch.ones_like(ids)),
                          str(path), input_names=["ids", "mask"], output_names=["states"], opset_version=18, **how)
