package deployment

import (
	"fmt"
	"strings"
)

// Finding is one thing that is wrong, or with Note one that is only worth knowing. None shows the value of a setting
// that may be a secret.
type Finding struct {
	Where string // a key of s.yaml, such as props.timeout; empty for the whole file
	What  string
	Want  string // what would be right
	Note  bool
}

func (f Finding) String() string {
	text := f.What
	if f.Where != "" {
		text = f.Where + " " + text
	}
	if f.Want != "" {
		text += ": want " + f.Want
	}
	return text
}

// Faults returns the findings that are not notes.
func Faults(all []Finding) []Finding {
	var faults []Finding
	for _, f := range all {
		if !f.Note {
			faults = append(faults, f)
		}
	}
	return faults
}

// findings collects them.
type findings []Finding

func (f *findings) when(wrong bool, where, want, what string, args ...any) {
	if wrong {
		*f = append(*f, Finding{Where: where, What: fmt.Sprintf(what, args...), Want: want})
	}
}

func (f *findings) note(worth bool, where, what string, args ...any) {
	if worth {
		*f = append(*f, Finding{Where: where, What: fmt.Sprintf(what, args...), Note: true})
	}
}

// place is how a path of keys is shown.
func place(keys ...string) string { return strings.Join(keys, ".") }
