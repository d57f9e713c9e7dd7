# shellcheck shell=bash
# makes a room from the skeleton: ./dev new-room WING/ROOM [ROOM IT SEES]...
#
# usage: ./dev new-room ROOM [SEEN]...
# Makes src/ROOM with a README, a header, a source and a test that passes, and its line in LAYERS, after the rooms it
# sees (base and record unless told). The test program is test_WING_ROOM.

main() {
  local room=${1:-} seen folder noun name file
  [[ $room =~ ^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$ ]] || usage_error "want a room as wing/room in small letters"
  shift
  seen=("$@")
  ((${#seen[@]})) || seen=(base record)
  folder=src/$room
  [[ ! -e $folder ]] || die "$folder is there already"
  python3 dev.d/room/add_to_layers.py LAYERS "$room" "${seen[@]}" || exit 1
  name=${room##*/}
  noun=$(sed -E 's/(^|_)([a-z])/\u\2/g' <<<"$name")
  mkdir -p "$folder"
  for file in dev.d/room/skeleton*; do
    sed -e "s|@ROOM@|$room|g" -e "s|@NAME@|$name|g" -e "s|@NOUN@|$noun|g" "$file" \
      >"$folder/$(basename "$file" | sed -e "s/^skeleton_readme.md$/README.md/" -e "s/^skeleton/$name/")"
  done
  say "new-room: $folder; its line in LAYERS: $room: ${seen[*]}"
  say "build and test it: ./dev build --preset debug test_${room//\//_} && build/debug/test_${room//\//_}"
}
