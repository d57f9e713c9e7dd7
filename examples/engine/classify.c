// The label that a classifier gives each text, and the token that it looked at most.
// usage: classify MODEL_FOLDER TEXT...
#include <fovea/engine_c.h>
#include <stdio.h>
#include <string.h>

static int complain(fovea_error* error) {
  fprintf(stderr, "classify: %s\n", error ? fovea_error_text(error) : "out of memory");
  fovea_error_free(error);
  return 1;
}

static size_t highest(const float* values, size_t count) {
  size_t best = 0;
  for (size_t i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

static int classify(fovea_engine* engine, const char* bytes) {
  const fovea_text text = {bytes, strlen(bytes)};
  fovea_answers* answers = NULL;
  fovea_error* error = NULL;
  if (fovea_engine_encode(engine, &text, 1, &answers, &error) != FOVEA_CODE_OK) return complain(error);
  fovea_answer answer = FOVEA_ANSWER_INIT;
  fovea_answers_get(answers, 0, &answer);
  const size_t label = highest(answer.values, answer.width);
  const fovea_span seen = answer.spans[highest(answer.focus, answer.tokens)];
  printf("%s %.4f [%.*s] %s\n", fovea_engine_label(engine, label), answer.values[label], (int)(seen.end - seen.begin),
         bytes + seen.begin, bytes);
  fovea_answers_free(answers);
  return 0;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: classify MODEL_FOLDER TEXT...\n");
    return 2;
  }
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  options.threads = 1;
  options.focus = 1;
  fovea_engine* engine = NULL;
  fovea_error* error = NULL;
  if (fovea_engine_open(argv[1], &options, &engine, &error) != FOVEA_CODE_OK) return complain(error);
  int failed = 0;
  if (fovea_engine_label(engine, 0) == NULL) {
    fprintf(stderr, "classify: %s has no labels\n", argv[1]);
    failed = 1;
  }
  for (int i = 2; i < argc && !failed; ++i) failed = classify(engine, argv[i]);
  fovea_engine_close(engine);
  return failed;
}
