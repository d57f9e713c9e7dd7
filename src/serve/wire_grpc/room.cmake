find_package(Protobuf REQUIRED)
find_program(FOVEA_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++ protobuf)

# Messages, services and client stubs, made by protoc beside the build: <serve/wire_grpc/X.pb.h>.
set(wire_grpc_made)
foreach(proto v2 tei health reflection_v1 reflection_v1alpha)
  set(wire_grpc_out ${CMAKE_BINARY_DIR}/wire_grpc/serve/wire_grpc/${proto})
  set(wire_grpc_files)
  foreach(ending pb.cc pb.h grpc.pb.cc grpc.pb.h)
    list(APPEND wire_grpc_files ${wire_grpc_out}.${ending})
  endforeach()
  add_custom_command(OUTPUT ${wire_grpc_files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/wire_grpc
    COMMAND ${Protobuf_PROTOC_EXECUTABLE} --cpp_out=${CMAKE_BINARY_DIR}/wire_grpc
            --grpc_out=${CMAKE_BINARY_DIR}/wire_grpc --plugin=protoc-gen-grpc=${FOVEA_GRPC_PLUGIN}
            -I ${CMAKE_CURRENT_SOURCE_DIR}/src
            ${CMAKE_CURRENT_SOURCE_DIR}/src/serve/wire_grpc/${proto}.proto
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/serve/wire_grpc/${proto}.proto
    COMMENT "protoc ${proto}.proto" VERBATIM)
  list(APPEND wire_grpc_made ${wire_grpc_files})
endforeach()
add_library(fovea_serve_wire_grpc_made STATIC ${wire_grpc_made})
target_include_directories(fovea_serve_wire_grpc_made SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/wire_grpc)
target_compile_options(fovea_serve_wire_grpc_made PRIVATE -w)
# Under ThreadSanitizer protobuf's headers give maps one more member, which Debian's library does not have.
if(FOVEA_SANITIZE STREQUAL "thread")
  target_compile_options(fovea_serve_wire_grpc_made PUBLIC -U__SANITIZE_THREAD__)
endif()
target_link_libraries(fovea_serve_wire_grpc_made PUBLIC PkgConfig::GRPC Threads::Threads)
set(room_libs fovea_serve_wire_grpc_made)
