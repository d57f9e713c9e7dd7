// Verifies an exported audit log and its receipts with the Go project's own packages: note, tlog and its tile reader.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL", err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

// tiles reads the tiles of a folder; their paths lack the tile height that the Go paths hold.
type tiles struct{ dir string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range want {
		path := filepath.Join(t.dir, "tile", strings.TrimPrefix(tile.Path(), "tile/8/"))
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func openCheckpoint(signed []byte, key note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(key))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: hash}
}

// entries hashes every entry of every bundle and compares it with the tiles, which are checked against the root.
func checkEntries(dir string, tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, tiles{dir})
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle := read(filepath.Join(dir, path))
		var indexes []int64
		var hashes []tlog.Hash
		for i := int64(0); i < width; i++ {
			length := int(binary.BigEndian.Uint16(bundle))
			hashes = append(hashes, tlog.RecordHash(bundle[2:2+length]))
			indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
			bundle = bundle[2+length:]
		}
		stored, err := reader.ReadHashes(indexes)
		must(err)
		for i := range hashes {
			if hashes[i] != stored[i] {
				must(fmt.Errorf("entry %d does not hash to its tile", first+int64(i)))
			}
		}
	}
	for _, old := range []int64{1, 255, 256, 65536, tree.N - 1} {
		hash, err := tlog.TreeHash(old, reader)
		must(err)
		proof, err := tlog.ProveTree(tree.N, old, reader)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old, hash))
	}
}

func checkReceipt(path string, key note.Verifier) {
	head, checkpoint, found := bytes.Cut(read(path), []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("%s: not a tlog-proof", path))
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		must(err)
		proof = append(proof, hash)
	}
	tree := openCheckpoint(checkpoint, key)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
}

func main() {
	dir := os.Args[1]
	key, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(dir, "export", "key.pub")))))
	must(err)
	tree := openCheckpoint(read(filepath.Join(dir, "export", "checkpoint")), key)
	checkEntries(filepath.Join(dir, "export"), tree)
	receipts, err := filepath.Glob(filepath.Join(dir, "receipts", "*.tlog-proof"))
	must(err)
	if len(receipts) == 0 {
		must(fmt.Errorf("no receipts"))
	}
	for _, path := range receipts {
		checkReceipt(path, key)
	}
	fmt.Printf("ok: %d entries, %d receipts\n", tree.N, len(receipts))
}
