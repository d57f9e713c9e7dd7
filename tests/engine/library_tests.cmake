# The engine as other programs see it: what it exports, and what its kernels may not.
fovea_python_test(engine_symbols unit tests/engine/symbols_test.py ${CMAKE_BINARY_DIR}
                  --compiler=${CMAKE_CXX_COMPILER} --sanitizers=${FOVEA_SANITIZE})

# Installs the library, builds examples/engine against it and runs both programs.
add_executable(library_folder ${CMAKE_CURRENT_LIST_DIR}/library_folder.cpp)
target_link_libraries(library_folder PRIVATE fovea_engine_models)
fovea_python_test(engine_library_example journey tests/engine/library_example_test.py ${CMAKE_BINARY_DIR}
                  $<TARGET_FILE:library_folder> $<TARGET_FILE:fovea_engine> --compiler=${CMAKE_CXX_COMPILER}
                  --sanitizers=${FOVEA_SANITIZE})

fovea_test_program(test_engine_onnx_vectors engine_layers realdata
                   ${CMAKE_CURRENT_LIST_DIR}/onnx_vectors_realdata_test.cpp ${CMAKE_CURRENT_LIST_DIR}/onnx_vectors.cpp
                   ${CMAKE_CURRENT_LIST_DIR}/onnx_vectors_attention.cpp ${CMAKE_CURRENT_LIST_DIR}/onnx_vectors_rows.cpp)
set_tests_properties(engine_onnx_vectors PROPERTIES WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
