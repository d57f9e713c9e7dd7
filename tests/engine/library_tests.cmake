# The engine as other programs see it: what it exports, and what its kernels may not.
fovea_python_test(engine_symbols unit tests/engine/symbols_test.py ${CMAKE_BINARY_DIR}
                  --compiler=${CMAKE_CXX_COMPILER} --sanitizers=${FOVEA_SANITIZE})

# Installs the library, builds examples/engine against it and runs both programs.
add_executable(library_folder ${CMAKE_CURRENT_LIST_DIR}/library_folder.cpp)
target_link_libraries(library_folder PRIVATE fovea_engine_models)
fovea_python_test(engine_library_example journey tests/engine/library_example_test.py ${CMAKE_BINARY_DIR}
                  $<TARGET_FILE:library_folder> $<TARGET_FILE:fovea_engine> --compiler=${CMAKE_CXX_COMPILER}
                  --sanitizers=${FOVEA_SANITIZE})
