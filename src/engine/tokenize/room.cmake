find_package(ICU REQUIRED COMPONENTS i18n uc)
set(room_libs fmt::fmt ICU::i18n ICU::uc)
