// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func postCheckpoint(url string, old int64, proof tlog.TreeProof, text string) (int, string, string, error) {
	var body strings.Builder
	fmt.Fprintf(&body, "old %d\n", old)
	for _, h := range proof {
		fmt.Fprintf(&body, "%s\n", h)
	}
	body.WriteString("\n" + text)
	answer, err := client.Post(url+"/add-checkpoint", "text/plain", strings.NewReader(body.String()))
	if err != nil {
		return 0, "", "", err
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	return answer.StatusCode, string(out), answer.Header.Get("Content-Type"), err
}

// onlyOwnerLine drops cosignatures: a witness gets the log's own signature.
func onlyOwnerLine(text []byte, name string) string {
	parts := strings.SplitAfterN(string(text), "\n\n", 2)
	out := parts[0]
	for _, line := range strings.SplitAfter(parts[1], "\n") {
		if strings.HasPrefix(line, "\u2014 "+name+" ") {
			out += line
		}
	}
	return out
}

// driveWitness adds the log's present checkpoint at a witness, from the size of the kept
// checkpoint file (or from nothing), and tries what a witness must refuse.
func driveWitness(a *agreement, arg, vkey, url string, kept []string) error {
	id, base, err := split(arg)
	if err != nil {
		return err
	}
	verifier, err := newCosignatureVerifier(vkey)
	if err != nil {
		return err
	}
	l, err := checkLogWith(a, id, base, []string{vkey})
	if err != nil {
		return err
	}
	old := int64(0)
	if len(kept) > 0 {
		text, err := os.ReadFile(kept[0])
		if err != nil {
			return err
		}
		older, err := openCheckpoint(a, l.owner, text, nil)
		if err != nil {
			return err
		}
		old = older.tree.N
	}
	var proof tlog.TreeProof
	if old > 0 {
		proof, err = tlog.ProveTree(l.tree.N, old, tlog.TileHashReader(l.tree, tileReader{base}))
		if err != nil {
			return err
		}
	}
	text := onlyOwnerLine(l.note, l.origin)
	expect := func(what string, want int, from int64, proof tlog.TreeProof, text string) (string, error) {
		status, body, kind, err := postCheckpoint(url, from, proof, text)
		if err != nil {
			return "", err
		}
		if status != want {
			return "", fmt.Errorf("%s: status %d, not %d: %s", what, status, want, body)
		}
		if want == http.StatusConflict && !strings.HasPrefix(kind, "text/x.tlog.size") {
			return "", fmt.Errorf("%s: content type %q", what, kind)
		}
		ok("%s: %d", what, status)
		return body, nil
	}
	if old > 0 {
		forged := append(tlog.TreeProof(nil), proof...)
		forged[0][0] ^= 1
		if _, err := expect("a witness refuses a false proof", 422, old, forged, text); err != nil {
			return err
		}
	}
	broken := strings.Replace(text, "\n\n\u2014 "+l.origin+" ", "\n\n\u2014 "+l.origin+" A", 1)
	if status, _, _, err := postCheckpoint(url, old, proof, broken); err != nil || status == 200 {
		return fmt.Errorf("a broken signature: status %d, %v", status, err)
	}
	lines, err := expect("a witness adds a checkpoint of the log", 200, old, proof, text)
	if err != nil {
		return err
	}
	// The answer's lines, put under the checkpoint, open with the witness's key.
	if _, err := note.Open([]byte(text+lines), note.VerifierList(verifier)); err != nil {
		return fmt.Errorf("the witness's line: %w", err)
	}
	ok("its cosignature verifies over the checkpoint of %d entries", l.tree.N)
	if lines, err = expect("the same checkpoint is cosigned again", 200, l.tree.N, nil, text); err != nil {
		return err
	}
	if _, err := note.Open([]byte(text+lines), note.VerifierList(verifier)); err != nil {
		return fmt.Errorf("the second line: %w", err)
	}
	body, err := expect("a wrong old size is answered with the known one", 409, old, proof, text)
	if err != nil {
		return err
	}
	if strings.TrimSpace(body) != fmt.Sprint(l.tree.N) {
		return fmt.Errorf("the witness knows size %q, not %d", body, l.tree.N)
	}
	return nil
}

// cosigned demands the witness's line on the checkpoint that the node itself serves.
func cosigned(a *agreement, arg, vkey string) error {
	id, base, err := split(arg)
	if err != nil {
		return err
	}
	owner, err := a.party(id)
	if err != nil {
		return err
	}
	text, err := get(base + "checkpoint")
	if err != nil {
		return err
	}
	verifier, err := newCosignatureVerifier(vkey)
	if err != nil {
		return err
	}
	l, err := openCheckpoint(a, owner, text, []string{vkey})
	if err != nil {
		return err
	}
	for _, name := range l.cosigners {
		if name == verifier.Name() {
			ok("the checkpoint of %s (%d entries) carries the line of %s", id, l.tree.N, name)
			return nil
		}
	}
	return fmt.Errorf("the checkpoint of %s has no line of %s", id, verifier.Name())
}
