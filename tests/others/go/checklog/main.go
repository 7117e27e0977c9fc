// SPDX-License-Identifier: Apache-2.0

// checklog reads a served log with other people's code: golang.org/x/mod's sumdb/note and
// sumdb/tlog, Go's crypto/ed25519 and encoding/json. It shares nothing with detente but the
// format pages in docs/protocol.
//
//	checklog check   AGREEMENT PARTY=BASE...                 every file, tile, proof and entry of each log
//	checklog save    AGREEMENT PARTY=BASE FILE               keeps the present checkpoint
//	checklog grown   AGREEMENT PARTY=BASE FILE               proves that the kept one became the present one
//	checklog tamper  AGREEMENT PARTY=FOLDER                  serves copies with one byte changed; each is refused
//	checklog fill    DESK TOKEN COUNT                        posts that many STOPs at a node's desk
//	checklog witness AGREEMENT PARTY=BASE VKEY URL [FILE]    C2SP tlog-witness from the client's side
//	checklog cosigned AGREEMENT PARTY=BASE VKEY              the present checkpoint carries that witness's line
//
// Prints one line for each check that holds; the first that does not ends it with exit code 1.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func ok(format string, args ...interface{}) { fmt.Printf("ok    go: "+format+"\n", args...) }

func split(text string) (id, base string, err error) {
	at := strings.IndexByte(text, '=')
	if at < 1 {
		return "", "", fmt.Errorf("%q is not PARTY=BASE", text)
	}
	return text[:at], strings.TrimSuffix(text[at+1:], "/") + "/", nil
}

func check(a *agreement, args []string) error {
	var logs []*checkedLog
	for _, arg := range args {
		id, base, err := split(arg)
		if err != nil {
			return err
		}
		l, err := checkLog(a, id, base)
		if err != nil {
			return fmt.Errorf("%s at %s: %w", id, base, err)
		}
		if len(l.cosigners) < 2 {
			return fmt.Errorf("%s at %s: only %d cosignatures", id, base, len(l.cosigners))
		}
		proven, err := l.checkInclusion(base, 64)
		if err != nil {
			return fmt.Errorf("%s at %s: %w", id, base, err)
		}
		ok("%s: %d entries judged, %d files rebuilt, %d inclusion proofs, %d cosignatures", arg,
			l.tree.N, l.files, proven, len(l.cosigners))
		logs = append(logs, l)
	}
	if len(logs) < 2 {
		return nil
	}
	heads, refs, err := checkAcross(logs)
	if err != nil {
		return err
	}
	if heads == 0 {
		return fmt.Errorf("no log names another's head: nothing was compared")
	}
	ok("%d heads and %d references agree across the logs", heads, refs)
	return nil
}

func save(a *agreement, arg, file string) error {
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
	if _, err := openCheckpoint(a, owner, text, nil); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func grown(a *agreement, arg, file string) error {
	id, base, err := split(arg)
	if err != nil {
		return err
	}
	owner, err := a.party(id)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	older, err := openCheckpoint(a, owner, kept, nil)
	if err != nil {
		return err
	}
	l, err := checkLog(a, id, base)
	if err != nil {
		return err
	}
	if l.tree.N <= older.tree.N {
		return fmt.Errorf("%s did not grow: %d, then %d", id, older.tree.N, l.tree.N)
	}
	if err := l.checkGrowth(base, older); err != nil {
		return err
	}
	forged := *older
	forged.tree.Hash[0] ^= 1
	if l.checkGrowth(base, &forged) == nil {
		return fmt.Errorf("a forged older root passes as consistent")
	}
	ok("%s grew from %d to %d entries, and the first tree is in the second", id, older.tree.N, l.tree.N)
	return nil
}

func fill(desk, token string, count int) error {
	for i := 0; i < count; i++ {
		body := fmt.Sprintf(`{"reason":"exercise %d"}`, i)
		request, err := http.NewRequest("POST", desk+"/api/stops", strings.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusCreated {
			return fmt.Errorf("STOP %d: status %d %s", i, answer.StatusCode, bytes.TrimSpace(text))
		}
	}
	return nil
}

func run(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("usage: see the head of main.go")
	}
	if args[0] == "fill" && len(args) == 4 {
		count, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		return fill(args[1], args[2], count)
	}
	a, err := readAgreement(args[1])
	if err != nil {
		return err
	}
	switch {
	case args[0] == "check":
		return check(a, args[2:])
	case args[0] == "save" && len(args) == 4:
		return save(a, args[2], args[3])
	case args[0] == "grown" && len(args) == 4:
		return grown(a, args[2], args[3])
	case args[0] == "tamper" && len(args) == 3:
		return tamper(a, args[2])
	case args[0] == "witness" && len(args) >= 5:
		return driveWitness(a, args[2], args[3], args[4], args[5:])
	case args[0] == "cosigned" && len(args) == 4:
		return cosigned(a, args[2], args[3])
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "checklog:", err)
		os.Exit(1)
	}
}
