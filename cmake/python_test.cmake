find_package(Python3 REQUIRED COMPONENTS Interpreter)

# A check in Python. Exit 99 means skipped.
function(fovea_python_test name label script)
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/${script} ${ARGN}
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 99 TIMEOUT 600
                       ENVIRONMENT "FOVEA_BIN=${CMAKE_BINARY_DIR}/fovea;PYTHONDONTWRITEBYTECODE=1")
endfunction()
