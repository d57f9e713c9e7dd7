# One source, one file for each instruction set. Products and sums are fused where the source says so and nowhere else:
# int8 has the same bits on all of them.
# The two warnings are false alarms in g++ 12's own header (GCC bug 105593).
set(fovea_isa_options -O3 -ffp-contract=off -Wno-uninitialized)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  list(APPEND fovea_isa_options -Wno-maybe-uninitialized)
endif()
# What parses is fuzzed: instrumented, these would take 20 minutes to compile, and the sanitizers' suites have them.
if(FOVEA_FUZZ)
  list(APPEND fovea_isa_options -O1 -fno-sanitize=all
       -fno-sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp)
endif()
set_source_files_properties(${dir}/isa_baseline.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND fovea_isa_options -mavx2 -mfma)
  set_source_files_properties(${dir}/isa_avx2.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
  list(APPEND fovea_isa_options -mavx512f -mavx512vl -mavx512dq -mavx512bw -mprefer-vector-width=512)
  set_source_files_properties(${dir}/isa_avx512.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
  list(APPEND fovea_isa_options -mavx512vnni)
  set_source_files_properties(${dir}/isa_avx512_vnni.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
  list(APPEND fovea_isa_options -mavx512bf16)
  set_source_files_properties(${dir}/isa_avx512_bf16.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
  list(APPEND fovea_isa_options -mamx-tile -mamx-int8 -mamx-bf16)
  set_source_files_properties(${dir}/isa_amx.cpp PROPERTIES COMPILE_OPTIONS "${fovea_isa_options}")
endif()
# AMX's kernel on tiles that are computed in software, for machines without them.
set_source_files_properties(${dir}/amx_emulated_test.cpp PROPERTIES COMPILE_OPTIONS "-O2;-ffp-contract=off")
