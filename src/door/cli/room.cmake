find_package(CLI11 REQUIRED)
set(room_libs CLI11::CLI11)
