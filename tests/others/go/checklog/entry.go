// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

type head struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

type ref struct {
	Origin string `json:"origin"`
	Index  int64  `json:"index"`
	Leaf   string `json:"leaf"`
}

type dsseSignature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

type entry struct {
	V    int    `json:"v"`
	Seq  int64  `json:"seq"`
	Time int64  `json:"time"`
	Seen []head `json:"seen"`
	Env  struct {
		PayloadType string          `json:"payloadType"`
		Payload     string          `json:"payload"`
		Signatures  []dsseSignature `json:"signatures"`
	} `json:"env"`
}

type statement struct {
	ID        string          `json:"id"`
	Agreement string          `json:"agreement"`
	Log       string          `json:"log"`
	Type      string          `json:"type"`
	Expires   int64           `json:"expires"`
	Refs      []ref           `json:"refs"`
	Body      json.RawMessage `json:"body"`

	entry entry
}

// text is the one form that the format page allows: rebuilt from what was read, it must give the
// same bytes.
func (e *entry) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"v":1,"seq":%d,"time":%d,"seen":[`, e.Seq, e.Time)
	for i, h := range e.Seen {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"origin":"%s","size":%d,"root":"%s"}`, h.Origin, h.Size, h.Root)
	}
	fmt.Fprintf(&b, `],"env":{"payloadType":"%s","payload":"%s","signatures":[`, e.Env.PayloadType,
		e.Env.Payload)
	for i, s := range e.Env.Signatures {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"keyid":"%s","sig":"%s"}`, s.KeyID, s.Sig)
	}
	b.WriteString("]}}")
	return b.String()
}

func (s *statement) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"id":"%s","agreement":"%s","log":"%s","type":"%s","expires":%d,"refs":[`, s.ID,
		s.Agreement, s.Log, s.Type, s.Expires)
	for i, r := range s.Refs {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"origin":"%s","index":%d,"leaf":"%s"}`, r.Origin, r.Index, r.Leaf)
	}
	b.WriteString(`],"body":`)
	b.Write(s.Body)
	b.WriteByte('}')
	return b.String()
}

func decode(text []byte, into interface{}) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows")
	}
	return nil
}

func parseEntry(text []byte) (*statement, error) {
	var e entry
	if err := decode(text, &e); err != nil {
		return nil, err
	}
	if e.V != 1 || e.text() != string(text) {
		return nil, errors.New("the entry is not in its one form")
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.Env.Payload)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	if err := decode(payload, s); err != nil {
		return nil, err
	}
	if s.text() != string(payload) {
		return nil, errors.New("the payload is not in its one form")
	}
	if e.Env.PayloadType != "application/vnd.detente."+s.Type+".v1+json" {
		return nil, errors.New("the payload type is not the statement's")
	}
	s.entry = e
	return s, nil
}

// The roles that may sign each type, and how many officers: docs/protocol/record.md. The pages of
// later types give their own; a type that is not listed here must still be signed by known keys.
var typeRoles = map[string]string{
	"log.open": "root", "key.add": "root", "key.revoke": "root", "key.box": "root", "log.close": "root",
	"agreement.sign": "root", "agreement.state": "signatory", "agreement.amend": "signatory",
	"agreement.open": "signatory", "agreement.publish": "signatory", "adherent.accept": "signatory",
	"stage.begin": "signatory", "stage.reset": "signatory", "exception.declare": "duty_officer",
	"obligation.report": "duty_officer signatory",
	"obligation.verify": "duty_officer signatory monitor",
	"activity.propose":  "duty_officer", "activity.concur": "duty_officer",
	"activity.object": "duty_officer", "activity.activate": "duty_officer",
	"activity.withdraw": "duty_officer", "activity.end": "duty_officer",
	"activity.read_back": "duty_officer", "activity.release": "duty_officer",
	"activity.contingent": "duty_officer", "activity.offer": "duty_officer",
	"stop.send": "duty_officer", "stop.ack": "duty_officer", "stop.lift": "duty_officer",
	"warning.send": "duty_officer", "warning.ack": "duty_officer", "warning.over": "duty_officer",
	"message.send": "duty_officer", "watch.on": "duty_officer", "watch.off": "duty_officer",
	"watch.roster": "duty_officer", "call.test": "duty_officer", "call.answer": "duty_officer",
	"call.log": "duty_officer", "alarm.raised": "watch",
	"note.text":       "duty_officer monitor",
	"ack.read":        "duty_officer registrar monitor disclosure_officer",
	"incident.report": "monitor",
	"finding.open":    "watch", "finding.close": "watch", "link.cut": "watch", "link.restored": "watch",
	"evidence.found": "watch", "challenge.failed": "watch", "log.rebuilt": "watch",
	"utm.intent": "watch", "utm.constraint": "watch", "utm.delete": "watch", "utm.subscribe": "watch",
	"utm.unsubscribe": "watch", "utm.availability": "watch", "utm.report": "watch",
	"psi.epoch": "duty_officer registrar watch", "psi.post": "duty_officer registrar watch",
	"psi.query": "duty_officer registrar watch", "psi.answer": "watch", "psi.result": "watch",
	"site.register": "registrar", "site.confirm": "registrar", "site.revise": "registrar",
	"site.reconfirm": "registrar", "site.remove": "registrar",
	"movement.notify": "registrar", "movement.depart": "registrar", "movement.checkin": "registrar",
	"movement.delay": "registrar", "movement.arrive": "registrar", "movement.cancel": "registrar",
	"movement.emergency":      "duty_officer registrar monitor",
	"movement.emergency_over": "duty_officer registrar monitor",
	"notice.received":         "duty_officer registrar monitor",
	"notice.disseminated":     "duty_officer registrar monitor",
	"contest.open":            "duty_officer", "contest.answer": "registrar",
	"contest.close": "duty_officer registrar",
	"case.step":     "duty_officer registrar monitor",
	"utm.shown": "watch", "utm.hidden": "watch",
}

var typeOfficers = map[string]int{"agreement.state": 2, "agreement.amend": 2, "content.shred": 2}

type officerKey struct {
	key     ed25519.PublicKey
	roles   []string
	expires int64 // ms; 0 for the root
	revoked bool
}

type judge struct {
	l        *checkedLog
	a        *agreement
	keys     map[string]*officerKey
	ids      map[string]bool
	seen     map[string]head
	seenRoot map[head]bool
	lastTime int64
}

// pae is DSSE's pre-authentication encoding.
func pae(payloadType string, payload []byte) []byte {
	return []byte(fmt.Sprintf("DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload))
}

func (j *judge) maySign(k *officerKey, kind string) bool {
	roles, listed := typeRoles[kind]
	if !listed {
		return k.expires != 0 // any delegated key, never the root
	}
	for _, have := range k.roles {
		for _, want := range strings.Fields(roles) {
			if have == want {
				return true
			}
		}
	}
	return false
}

func (j *judge) checkSignatures(s *statement) error {
	payload, err := base64.StdEncoding.Strict().DecodeString(s.entry.Env.Payload)
	if err != nil {
		return err
	}
	message := pae(s.entry.Env.PayloadType, payload)
	used := map[string]bool{}
	for _, sig := range s.entry.Env.Signatures {
		k := j.keys[sig.KeyID]
		if k == nil {
			return fmt.Errorf("key %q is not delegated", sig.KeyID)
		}
		if used[sig.KeyID] {
			return fmt.Errorf("key %q signs twice", sig.KeyID)
		}
		used[sig.KeyID] = true
		if k.revoked {
			return fmt.Errorf("key %q is revoked", sig.KeyID)
		}
		if k.expires != 0 && s.entry.Time > k.expires {
			return fmt.Errorf("key %q has expired", sig.KeyID)
		}
		if !j.maySign(k, s.Type) {
			return fmt.Errorf("key %q may not sign %s", sig.KeyID, s.Type)
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(sig.Sig)
		if err != nil || !ed25519.Verify(k.key, message, raw) {
			return fmt.Errorf("the signature of %q does not verify", sig.KeyID)
		}
	}
	need := 1
	if n, ok := typeOfficers[s.Type]; ok {
		need = n
	}
	if len(used) < need || len(used) > 4 {
		return fmt.Errorf("%d officers signed %s", len(used), s.Type)
	}
	return nil
}

func (j *judge) checkHeader(index int64, s *statement) error {
	if s.entry.Seq != index {
		return fmt.Errorf("seq %d stands at index %d", s.entry.Seq, index)
	}
	if s.entry.Time < j.lastTime {
		return errors.New("the time goes back")
	}
	j.lastTime = s.entry.Time
	before := ""
	for _, h := range s.entry.Seen {
		if h.Origin <= before && before != "" {
			return errors.New("seen is not in order")
		}
		before = h.Origin
		if h.Origin == j.l.origin {
			return errors.New("the log has seen itself")
		}
		if old, ok := j.seen[h.Origin]; ok {
			if h.Size < old.Size {
				return fmt.Errorf("seen of %s goes down from %d to %d", h.Origin, old.Size, h.Size)
			}
			if h.Size == old.Size && h.Root != old.Root {
				return fmt.Errorf("seen of %s has two roots at %d", h.Origin, h.Size)
			}
		}
		j.seen[h.Origin] = h
	}
	if len(s.entry.Seen) < len(j.seen) {
		return errors.New("seen forgets a log")
	}
	return nil
}

func (j *judge) checkStatement(index int64, s *statement) error {
	if s.Agreement != j.a.sha256 {
		return errors.New("made for another agreement")
	}
	if s.Log != j.l.origin {
		return errors.New("made for another log")
	}
	if len(s.ID) != 32 || j.ids[s.ID] {
		return fmt.Errorf("id %q is malformed or used before", s.ID)
	}
	j.ids[s.ID] = true
	if s.entry.Time > s.Expires {
		return errors.New("logged after it expired")
	}
	for _, r := range s.Refs {
		if r.Origin != j.l.origin {
			continue // compared with the other log by checkRefs
		}
		if r.Index >= index || tlog.RecordHash(j.l.entries[r.Index]).String() != r.Leaf {
			return fmt.Errorf("refers to entry %d, which is another", r.Index)
		}
	}
	return nil
}

func (j *judge) take(index int64, s *statement) error {
	if (index == 0) != (s.Type == "log.open") {
		return fmt.Errorf("%s stands at index %d", s.Type, index)
	}
	switch s.Type {
	case "log.open":
		var body struct{ Party, Log, Witness, Mirror string }
		if err := json.Unmarshal(s.Body, &body); err != nil {
			return err
		}
		keys := j.l.owner.Keys
		if body.Party != j.l.owner.ID || body.Log != keys.Log || body.Witness != keys.Witness ||
			body.Mirror != keys.Mirror {
			return errors.New("log.open does not name the agreement's keys")
		}
	case "key.add":
		var body struct {
			KeyID, Key, Expires string
			Roles               []string
		}
		if err := json.Unmarshal(s.Body, &body); err != nil {
			return err
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(body.Key)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return errors.New("key.add without a key")
		}
		until, err := time.Parse(time.RFC3339, body.Expires)
		if err != nil {
			return err
		}
		for name, k := range j.keys {
			if name == body.KeyID || bytes.Equal(k.key, raw) {
				return fmt.Errorf("key %q is delegated twice", body.KeyID)
			}
		}
		j.keys[body.KeyID] = &officerKey{raw, body.Roles, until.UnixMilli(), false}
	case "key.revoke":
		var body struct{ KeyID string }
		if err := json.Unmarshal(s.Body, &body); err != nil {
			return err
		}
		if k := j.keys[body.KeyID]; k != nil {
			k.revoked = true
		}
	}
	return nil
}

// judgeEntries reads every entry in order by the rules of docs/protocol/record.md.
func (l *checkedLog) judgeEntries(a *agreement) error {
	root, err := base64.StdEncoding.Strict().DecodeString(l.owner.Keys.Root)
	if err != nil || len(root) != ed25519.PublicKeySize {
		return errors.New("the agreement's root key is malformed")
	}
	j := &judge{l: l, a: a, ids: map[string]bool{}, seen: map[string]head{}}
	j.keys = map[string]*officerKey{l.owner.ID + "/root": {root, []string{"root"}, 0, false}}
	for i, bytes := range l.entries {
		s, err := parseEntry(bytes)
		for _, check := range []func(int64, *statement) error{
			j.checkHeader, j.checkStatement,
			func(_ int64, s *statement) error { return j.checkSignatures(s) }, j.take,
		} {
			if err == nil {
				err = check(int64(i), s)
			}
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		l.statements = append(l.statements, s)
	}
	return nil
}

// checkAcross holds what one log says of another against that other log.
func checkAcross(logs []*checkedLog) (heads, refs int, err error) {
	byOrigin := map[string]*checkedLog{}
	for _, l := range logs {
		byOrigin[l.origin] = l
	}
	for _, l := range logs {
		for i, s := range l.statements {
			for _, h := range s.entry.Seen {
				other := byOrigin[h.Origin]
				if other == nil || h.Size > other.tree.N {
					continue
				}
				root, err := other.rootAt(h.Size)
				if err != nil {
					return heads, refs, err
				}
				if root.String() != h.Root {
					return heads, refs, fmt.Errorf("entry %d of %s has seen another %s at size %d", i,
						l.owner.ID, other.owner.ID, h.Size)
				}
				heads++
			}
			for _, r := range s.Refs {
				other := byOrigin[r.Origin]
				if other == nil || r.Index >= other.tree.N {
					continue
				}
				if tlog.RecordHash(other.entries[r.Index]).String() != r.Leaf {
					return heads, refs, fmt.Errorf("entry %d of %s refers to another entry %d of %s", i,
						l.owner.ID, r.Index, other.owner.ID)
				}
				refs++
			}
		}
	}
	return heads, refs, nil
}
