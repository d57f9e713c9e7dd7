// text-embeddings-inference over the service, method by method.
#include <numeric>

#include "door/grpc/calling_test.h"
#include "door/grpc/method.h"
#include "door/wire/scores.h"
#include "serve/wire_grpc/tei_messages.h"

namespace fovea::rpc {
namespace {

namespace tei = ::tei::v1;

class TeiMethods : public Calling {
 protected:
  TeiMethods() { options_.model = "embed"; }
  template <typename Response, typename Request>
  Result<Response> tei_ask(const char* method, const std::string& text) {
    return ask<Response>(std::string("/tei.v1.") + method, text_message<Request>(text));
  }
};

TEST_F(TeiMethods, Embeds) {
  const auto plain = tei_ask<tei::EmbedResponse, tei::EmbedRequest>("Embed/Embed", "inputs: 'hello world'");
  ASSERT_TRUE(plain) << plain.error().text();
  EXPECT_EQ(plain->embeddings_size(), 4);
  EXPECT_EQ(plain->metadata().compute_tokens(), 4U);
  EXPECT_EQ(plain->metadata().compute_chars(), 11U);
  EXPECT_EQ(plain->metadata().queue_time_ns(), 2'000'000U);
  const auto unit = tei_ask<tei::EmbedResponse, tei::EmbedRequest>(
      "Embed/Embed", "inputs: 'hello world' normalize: true dimensions: 2");
  ASSERT_TRUE(unit) << unit.error().text();
  ASSERT_EQ(unit->embeddings_size(), 2);
  const auto& row = unit->embeddings();
  EXPECT_NEAR(std::inner_product(row.begin(), row.end(), row.begin(), 0.0), 1, 1e-6);
  const auto refused = [&](const char* text) {
    return tei_ask<tei::EmbedResponse, tei::EmbedRequest>("Embed/Embed", text).error();
  };
  EXPECT_EQ(refused("inputs: 'a' dimensions: 5").where, "dimensions");
  EXPECT_EQ(refused("inputs: 'a' dimensions: 0").where, "dimensions");
  EXPECT_EQ(refused("inputs: 'a' prompt_name: 'query'").where, "prompt_name");
  EXPECT_EQ(refused("inputs: 'a' truncate: true truncation_direction: TRUNCATION_DIRECTION_LEFT").where,
            "truncation_direction");
  EXPECT_EQ(refused("inputs: 'a b c d e f g h i j k l m n o p q'").code, Code::kOutOfRange);
  EXPECT_TRUE((tei_ask<tei::EmbedResponse, tei::EmbedRequest>(
      "Embed/Embed", "inputs: 'a b c d e f g h i j k l m n o p q' truncate: true")));
}

TEST_F(TeiMethods, GivesTheRowsOfAllTokens) {
  const auto rows =
      tei_ask<tei::EmbedAllResponse, tei::EmbedAllRequest>("Embed/EmbedAll", "inputs: 'hello world' truncate: true");
  ASSERT_TRUE(rows) << rows.error().text();
  EXPECT_TRUE(stub_.last.all_rows);
  tokenize::Encoding encoding;
  wire::StubTokenizer().encode("hello world", wire::StubInference::kTokensMax, encoding);
  ASSERT_EQ(rows->token_embeddings_size(), 4);
  for (int i = 0; i < 4; ++i) {
    const auto& row = rows->token_embeddings(i).embeddings();
    EXPECT_EQ(std::vector<float>(row.begin(), row.end()),
              wire::StubInference::row({encoding.ids[static_cast<size_t>(i)]}, 3));
  }
  EXPECT_EQ(rows->metadata().compute_tokens(), 4U);
  EXPECT_EQ(rows->metadata().compute_chars(), 11U);
  const auto refused = [&](const char* text) {
    return tei_ask<tei::EmbedAllResponse, tei::EmbedAllRequest>("Embed/EmbedAll", text).error();
  };
  EXPECT_EQ(refused("inputs: 'a' prompt_name: 'query'").where, "prompt_name");
  EXPECT_EQ(refused("inputs: 'a' truncate: true truncation_direction: TRUNCATION_DIRECTION_LEFT").where,
            "truncation_direction");
  EXPECT_EQ(refused("inputs: 'a b c d e f g h i j k l m n o p q'").code, Code::kOutOfRange);
  const auto cut = tei_ask<tei::EmbedAllResponse, tei::EmbedAllRequest>(
      "Embed/EmbedAll", "inputs: 'a b c d e f g h i j k l m n o p q' truncate: true");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->token_embeddings_size(), wire::StubInference::kTokensMax);
}

TEST_F(TeiMethods, StreamsTheRowsOfAllTokensInOrder) {
  const auto message = [](const char* text) { return text_message<tei::EmbedAllRequest>(text).SerializeAsString(); };
  const auto heard = call("/tei.v1.Embed/EmbedAllStream", {message("inputs: 'a b'"), message("inputs: ''")});
  ASSERT_EQ(heard->wait().error, std::nullopt);
  ASSERT_EQ(heard->messages().size(), 2U);
  EXPECT_EQ(read_message<tei::EmbedAllResponse>(heard->messages()[0])->token_embeddings_size(), 4);
  EXPECT_EQ(read_message<tei::EmbedAllResponse>(heard->messages()[1])->token_embeddings_size(), 2);
}

TEST_F(TeiMethods, AModelThatDoesSomethingElseIsAFailedPrecondition) {
  stub_.keep_only("sentiment");
  for (const char* method : {"Embed/EmbedAll", "Embed/Embed"}) {
    const Error refused = tei_ask<tei::EmbedAllResponse, tei::EmbedAllRequest>(method, "inputs: 'a'").error();
    EXPECT_EQ(refused.code, Code::kFailedPrecondition) << method;
    EXPECT_EQ(refused.text(), "model: no model does embedding ('sentiment' does classification)");
  }
}

TEST_F(TeiMethods, PredictsAndRanks) {
  const auto one = tei_ask<tei::PredictResponse, tei::PredictRequest>("Predict/Predict", "inputs: 'you'");
  ASSERT_TRUE(one) << one.error().text();
  ASSERT_EQ(one->predictions_size(), 3);
  EXPECT_GE(one->predictions(0).score(), one->predictions(1).score());
  EXPECT_NEAR(one->predictions(0).score() + one->predictions(1).score() + one->predictions(2).score(), 1, 1e-6);
  const auto pair = tei_ask<tei::PredictResponse, tei::PredictPairRequest>(
      "Predict/PredictPair", "inputs: 'you' inputs: 'me' raw_scores: true");
  ASSERT_TRUE(pair) << pair.error().text();
  EXPECT_EQ(pair->metadata().compute_tokens(), 5U);
  EXPECT_FALSE((tei_ask<tei::PredictResponse, tei::PredictPairRequest>("Predict/PredictPair", "")));
  EXPECT_FALSE((tei_ask<tei::PredictResponse, tei::PredictPairRequest>("Predict/PredictPair",
                                                                       "inputs: 'a' inputs: 'b' inputs: 'c'")));
  const auto ranks = tei_ask<tei::RerankResponse, tei::RerankRequest>(
      "Rerank/Rerank", "query: 'q' texts: 'a' texts: 'b c' texts: 'd' return_text: true");
  ASSERT_TRUE(ranks) << ranks.error().text();
  ASSERT_EQ(ranks->ranks_size(), 3);
  EXPECT_GE(ranks->ranks(0).score(), ranks->ranks(1).score());
  EXPECT_TRUE(ranks->ranks(0).has_text());
  EXPECT_FALSE((tei_ask<tei::RerankResponse, tei::RerankRequest>("Rerank/Rerank", "query: 'q'")));
}

TEST_F(TeiMethods, AStreamOfTextsIsRankedOnce) {
  const auto message = [](const char* text) {
    return text_message<tei::RerankStreamRequest>(text).SerializeAsString();
  };
  const auto heard = call("/tei.v1.Rerank/RerankStream",
                          {message("query: 'q' text: 'a' return_text: true"), message("query: 'q' text: 'b c'")});
  ASSERT_EQ(heard->wait().error, std::nullopt);
  const auto streamed = read_message<tei::RerankResponse>(heard->messages()[0]);
  const auto whole = tei_ask<tei::RerankResponse, tei::RerankRequest>(
      "Rerank/Rerank", "query: 'q' texts: 'a' texts: 'b c' return_text: true");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(streamed->ranks(i).DebugString(), whole->ranks(i).DebugString());
  EXPECT_EQ(call("/tei.v1.Rerank/RerankStream", {message("query: 'q' text: 'a'"), message("query: 'r' text: 'a'")})
                ->wait()
                .error->where,
            "query");
}

TEST_F(TeiMethods, TokenizesAndSaysWhatItIs) {
  const auto tokens =
      tei_ask<tei::EncodeResponse, tei::EncodeRequest>("Tokenize/Tokenize", "inputs: 'ab  c' add_special_tokens: true");
  ASSERT_TRUE(tokens) << tokens.error().text();
  ASSERT_EQ(tokens->tokens_size(), 4);
  EXPECT_TRUE(tokens->tokens(0).special());
  EXPECT_FALSE(tokens->tokens(0).has_start());
  EXPECT_EQ(tokens->tokens(2).text(), "c");
  EXPECT_EQ(tokens->tokens(2).start(), 4U);
  const auto info = tei_ask<tei::InfoResponse, tei::InfoRequest>("Info/Info", "");
  ASSERT_TRUE(info) << info.error().text();
  EXPECT_EQ(info->model_id(), "embed");
  EXPECT_EQ(info->model_type(), tei::MODEL_TYPE_EMBEDDING);
  EXPECT_EQ(info->max_input_length(), 16U);
}

TEST_F(TeiMethods, Decodes) {
  const auto text = [&](const char* request) {
    const auto out = tei_ask<tei::DecodeResponse, tei::DecodeRequest>("Tokenize/Decode", request);
    return out ? out->text() : out.error().text();
  };
  EXPECT_EQ(text("ids: 1 ids: 20 ids: 2"), "[CLS] w20 [SEP]");
  EXPECT_EQ(text("ids: 1 ids: 20 ids: 4294967295 ids: 2 skip_special_tokens: true"), "w20");
  EXPECT_EQ(text(""), "");
  const auto streamed =
      call("/tei.v1.Tokenize/DecodeStream", {text_message<tei::DecodeRequest>("ids: 20").SerializeAsString(),
                                             text_message<tei::DecodeRequest>("ids: 30").SerializeAsString()});
  ASSERT_EQ(streamed->wait().error, std::nullopt);
  EXPECT_EQ(read_message<tei::DecodeResponse>(streamed->messages().at(1))->text(), "w30");
}

TEST_F(TeiMethods, WhatIsNotOfferedSaysSo) {
  for (const char* method : {"Embed/EmbedSparse", "Embed/EmbedSparseStream"}) {
    const auto heard = call(std::string("/tei.v1.") + method, {""});
    ASSERT_TRUE(heard->ended()) << method;
    EXPECT_EQ(heard->wait().error->code, Code::kUnimplemented) << method;
  }
}

}  // namespace
}  // namespace fovea::rpc
