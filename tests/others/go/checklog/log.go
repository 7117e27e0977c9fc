// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxFile    = 32 << 20
)

// ---- the agreement: where all trust comes from ----

type partyKeys struct {
	Root    string `json:"root"`
	Log     string `json:"log"`
	Witness string `json:"witness"`
	Mirror  string `json:"mirror"`
}

type party struct {
	ID   string    `json:"id"`
	Keys partyKeys `json:"keys"`
}

type agreement struct {
	Parties []party `json:"parties"`
	Record  struct {
		Witnesses []string `json:"witnesses"`
	} `json:"record"`
	sha256 string
}

func readAgreement(path string) (*agreement, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := &agreement{}
	if err := json.Unmarshal(text, a); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	a.sha256 = hex.EncodeToString(sum[:])
	return a, nil
}

func (a *agreement) party(id string) (*party, error) {
	for i := range a.Parties {
		if a.Parties[i].ID == id {
			return &a.Parties[i], nil
		}
	}
	return nil, fmt.Errorf("the agreement has no party %q", id)
}

// ---- C2SP tlog-cosignature v1 as a note.Verifier ----

type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosignatureVerifier(vkey string) (*cosignatureVerifier, error) {
	fields := strings.SplitN(vkey, "+", 3)
	if len(fields) != 3 {
		return nil, fmt.Errorf("malformed verifier key %q", vkey)
	}
	raw, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil || len(raw) != 33 || raw[0] != 0x04 {
		return nil, fmt.Errorf("not a cosignature key: %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(fields[0]+"\n"), raw...))
	id := binary.BigEndian.Uint32(sum[:])
	if fields[1] != fmt.Sprintf("%08x", id) {
		return nil, fmt.Errorf("the key id of %q does not match", vkey)
	}
	return &cosignatureVerifier{fields[0], id, ed25519.PublicKey(raw[1:])}, nil
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }
func (v *cosignatureVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, msg)
	return ed25519.Verify(v.key, []byte(signed), sig[8:])
}

// ---- fetching ----

var client = &http.Client{Timeout: 20 * time.Second}

func get(url string) ([]byte, error) {
	answer, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxFile+1))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", url, answer.StatusCode)
	}
	if len(body) > maxFile {
		return nil, fmt.Errorf("%s: too large", url)
	}
	return body, nil
}

func groups(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

func partial(width int) string {
	if width == tileWidth {
		return ""
	}
	return ".p/" + strconv.Itoa(width)
}

func tilePath(level int, n int64, width int) string {
	return fmt.Sprintf("tile/%d/%s%s", level, groups(n), partial(width))
}

func bundlePath(n int64, width int) string {
	return "tile/entries/" + groups(n) + partial(width)
}

// A tile reader for x/mod's tlog over the C2SP paths: what it reads is checked by tlog itself.
type tileReader struct{ base string }

func (r tileReader) Height() int                     { return tileHeight }
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := get(r.base + tilePath(t.L, t.N, t.W))
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

// ---- one log, checked ----

type checkedLog struct {
	owner      *party
	origin     string
	tree       tlog.Tree
	note       []byte
	cosigners  []string // names whose cosignature on the checkpoint verified
	entries    [][]byte
	hashes     []tlog.Hash // tlog's storage order
	statements []*statement
	files      int
}

func (l *checkedLog) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			if at >= int64(len(l.hashes)) {
				return nil, fmt.Errorf("hash %d is beyond the tree", at)
			}
			out[i] = l.hashes[at]
		}
		return out, nil
	})
}

// root of the first n entries.
func (l *checkedLog) rootAt(n int64) (tlog.Hash, error) { return tlog.TreeHash(n, l.reader()) }

// openCheckpoint verifies the note with the owner's key and every known cosigner's.
func openCheckpoint(a *agreement, owner *party, text []byte, extra []string) (*checkedLog, error) {
	own, err := note.NewVerifier(owner.Keys.Log)
	if err != nil {
		return nil, err
	}
	verifiers := []note.Verifier{own}
	vkeys := append([]string(nil), a.Record.Witnesses...)
	for _, vkey := range extra {
		if !strings.Contains("\n"+strings.Join(vkeys, "\n")+"\n", "\n"+vkey+"\n") {
			vkeys = append(vkeys, vkey)
		}
	}
	for i := range a.Parties {
		if a.Parties[i].ID != owner.ID {
			vkeys = append(vkeys, a.Parties[i].Keys.Witness, a.Parties[i].Keys.Mirror)
		}
	}
	for _, vkey := range vkeys {
		v, err := newCosignatureVerifier(vkey)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, v)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	l := &checkedLog{owner: owner, origin: own.Name(), note: text}
	signed := false
	for _, sig := range opened.Sigs {
		if sig.Name == own.Name() && sig.Hash == own.KeyHash() {
			signed = true
		} else {
			l.cosigners = append(l.cosigners, sig.Name)
		}
	}
	if !signed {
		return nil, errors.New("checkpoint: not signed by the log's key")
	}
	if len(opened.UnverifiedSigs) > 0 {
		return nil, fmt.Errorf("checkpoint: a line of an unknown key %q", opened.UnverifiedSigs[0].Name)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return nil, errors.New("checkpoint: not exactly three lines")
	}
	if lines[0] != l.origin {
		return nil, fmt.Errorf("checkpoint: origin %q, not %q", lines[0], l.origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 63)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return nil, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return nil, fmt.Errorf("checkpoint: root %q", lines[2])
	}
	l.tree = tlog.Tree{N: size, Hash: root}
	return l, nil
}

func (l *checkedLog) fetchEntries(base string) error {
	for first := int64(0); first < l.tree.N; first += tileWidth {
		width := tileWidth
		if left := l.tree.N - first; left < tileWidth {
			width = int(left)
		}
		path := bundlePath(first/tileWidth, width)
		bundle, err := get(base + path)
		if err != nil {
			return err
		}
		l.files++
		for i := 0; i < width; i++ {
			if len(bundle) < 2 {
				return fmt.Errorf("%s: ends within entry %d", path, i)
			}
			size := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+size {
				return fmt.Errorf("%s: ends within entry %d", path, i)
			}
			l.entries = append(l.entries, bundle[2:2+size])
			bundle = bundle[2+size:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s: %d bytes too many", path, len(bundle))
		}
	}
	for i, entry := range l.entries {
		more, err := tlog.StoredHashes(int64(i), entry, l.reader())
		if err != nil {
			return err
		}
		l.hashes = append(l.hashes, more...)
	}
	root, err := l.rootAt(l.tree.N)
	if err != nil {
		return err
	}
	if root != l.tree.Hash {
		return fmt.Errorf("the entries lead to root %v, the signed one is %v", root, l.tree.Hash)
	}
	return nil
}

// checkTiles rebuilds every tile from the entries and compares it with the served one, and a few
// narrower widths of each partial tile.
func (l *checkedLog) checkTiles(base string) error {
	for level := 0; l.tree.N>>(tileHeight*uint(level)) > 0; level++ {
		count := l.tree.N >> (tileHeight * uint(level))
		for n := int64(0); n*tileWidth < count; n++ {
			width := tileWidth
			if left := count - n*tileWidth; left < tileWidth {
				width = int(left)
			}
			want, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: level, N: n, W: width}, l.reader())
			if err != nil {
				return err
			}
			widths := []int{width}
			if width < tileWidth {
				widths = append(widths, 1, (width+1)/2)
			}
			for _, w := range widths {
				path := tilePath(level, n, w)
				got, err := get(base + path)
				if err != nil {
					return err
				}
				l.files++
				if !bytes.Equal(got, want[:w*tlog.HashSize]) {
					return fmt.Errorf("%s: not the hashes of the entries", path)
				}
			}
		}
	}
	return nil
}

// checkInclusion proves about `count` entries from the served tiles alone.
func (l *checkedLog) checkInclusion(base string, count int64) (int, error) {
	reader := tlog.TileHashReader(l.tree, tileReader{base})
	step := l.tree.N / count
	if step < 1 {
		step = 1
	}
	proven := 0
	for n := int64(0); n < l.tree.N; n += step {
		proof, err := tlog.ProveRecord(l.tree.N, n, reader)
		if err != nil {
			return proven, err
		}
		leaf := tlog.RecordHash(l.entries[n])
		if err := tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, n, leaf); err != nil {
			return proven, fmt.Errorf("entry %d: %w", n, err)
		}
		// A proof that proves anything proves nothing: the neighbour's hash must not pass.
		if tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, n, tlog.RecordHash([]byte("other"))) == nil {
			return proven, fmt.Errorf("entry %d: the proof holds for another leaf", n)
		}
		proven++
	}
	return proven, nil
}

// checkGrowth proves from the served tiles that an older checkpoint became this one.
func (l *checkedLog) checkGrowth(base string, older *checkedLog) error {
	if older.tree.N > l.tree.N {
		return fmt.Errorf("the log shrank from %d to %d", older.tree.N, l.tree.N)
	}
	proof, err := tlog.ProveTree(l.tree.N, older.tree.N, tlog.TileHashReader(l.tree, tileReader{base}))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, l.tree.N, l.tree.Hash, older.tree.N, older.tree.Hash)
}

// checkLog does all that one log allows by itself.
func checkLog(a *agreement, id, base string) (*checkedLog, error) {
	return checkLogWith(a, id, base, nil)
}

func checkLogWith(a *agreement, id, base string, extra []string) (*checkedLog, error) {
	owner, err := a.party(id)
	if err != nil {
		return nil, err
	}
	text, err := get(base + "checkpoint")
	if err != nil {
		return nil, err
	}
	l, err := openCheckpoint(a, owner, text, extra)
	if err != nil {
		return nil, err
	}
	l.files++
	if err := l.fetchEntries(base); err != nil {
		return nil, err
	}
	if err := l.checkTiles(base); err != nil {
		return nil, err
	}
	if err := l.judgeEntries(a); err != nil {
		return nil, err
	}
	return l, nil
}
