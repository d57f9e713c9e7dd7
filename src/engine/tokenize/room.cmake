find_package(ICU REQUIRED COMPONENTS uc)
set(room_libs fmt::fmt ICU::uc)
