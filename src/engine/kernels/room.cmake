# One source, three instruction sets. Contraction to fused multiply-add is on purpose: twice the speed, one rounding
# less.
set_source_files_properties(${dir}/isa_baseline.cpp PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=fast")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${dir}/isa_avx2.cpp PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=fast;-mavx2;-mfma")
  set_source_files_properties(${dir}/isa_avx512.cpp PROPERTIES COMPILE_OPTIONS
    "-O3;-ffp-contract=fast;-mavx2;-mfma;-mavx512f;-mavx512vl;-mavx512dq;-mavx512bw;-mprefer-vector-width=512")
endif()
