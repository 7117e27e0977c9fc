// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A folder of a log in memory, served as a node serves it: a narrower partial is the beginning of
// the one that is kept.
type folder map[string][]byte

func readFolder(root string) (folder, error) {
	f := folder{}
	return f, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		f[name] = data
		return err
	})
}

func (f folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if data, found := f[name]; found {
		w.Write(data)
		return
	}
	at := strings.LastIndex(name, ".p/")
	if at < 0 || strings.HasPrefix(name, "tile/entries/") {
		http.NotFound(w, r)
		return
	}
	width, err := strconv.Atoi(name[at+len(".p/"):])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	for wider := width + 1; wider <= tileWidth; wider++ {
		data, found := f[name[:at]+partial(wider)]
		if found && len(data) >= width*32 {
			w.Write(data[:width*32])
			return
		}
	}
	http.NotFound(w, r)
}

func kindOf(name string) string {
	kind := "checkpoint"
	if strings.HasPrefix(name, "tile/entries/") {
		kind = "bundle"
	} else if strings.HasPrefix(name, "tile/") {
		kind = "level " + strings.Split(name, "/")[1] + " tile"
	}
	if strings.Contains(name, ".p/") {
		kind = "partial " + kind
	}
	return kind
}

// tamper serves the folder over HTTP with one byte changed, for several bytes of every file, and
// demands that each is refused. The unchanged folder must pass first.
func tamper(a *agreement, arg string) error {
	id, root, err := split(arg)
	if err != nil {
		return err
	}
	files, err := readFolder(root)
	if err != nil {
		return err
	}
	server := httptest.NewServer(files)
	defer server.Close()
	if _, err := checkLog(a, id, server.URL+"/"); err != nil {
		return fmt.Errorf("the unchanged folder: %w", err)
	}
	kinds := map[string]int{}
	for name, data := range files {
		for _, at := range []int{0, len(data) / 3, len(data) / 2, len(data) - 1} {
			data[at] ^= 0x04
			_, err := checkLog(a, id, server.URL+"/")
			data[at] ^= 0x04
			if err == nil {
				return fmt.Errorf("byte %d of %s changed, and nothing was noticed", at, name)
			}
			kinds[kindOf(name)]++
		}
	}
	var names []string
	for kind := range kinds {
		names = append(names, kind)
	}
	sort.Strings(names)
	for _, kind := range names {
		ok("a changed byte in a %s is refused (%d tried)", kind, kinds[kind])
	}
	// The files are right, but another party's root or log key is trusted.
	for i := range a.Parties {
		if a.Parties[i].ID == id {
			continue
		}
		own, _ := a.party(id)
		kept := own.Keys
		own.Keys.Root = a.Parties[i].Keys.Root
		_, err := checkLog(a, id, server.URL+"/")
		own.Keys = kept
		if err == nil {
			return fmt.Errorf("entries pass under the root key of %s", a.Parties[i].ID)
		}
		own.Keys.Log = a.Parties[i].Keys.Log
		_, err = checkLog(a, id, server.URL+"/")
		own.Keys = kept
		if err == nil {
			return fmt.Errorf("the checkpoint passes under the log key of %s", a.Parties[i].ID)
		}
	}
	ok("a log read under another party's keys is refused")
	return nil
}
