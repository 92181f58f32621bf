package standin

import (
	"net/http"
	"slices"
)

// FaultKind says what goes wrong with a call. It is a closed set.
type FaultKind string

const (
	Refuse           FaultKind = "refuse"             // answered with Status and Code; nothing was done
	ResetBefore      FaultKind = "reset-before"       // the connection is reset; nothing was done
	ResetAfter       FaultKind = "reset-after"        // KMS acts, and the connection is reset
	HangBefore       FaultKind = "hang-before"        // no answer until the client goes; nothing was done
	HangAfter        FaultKind = "hang-after"         // KMS acts, and no answer comes until the client goes
	Truncated        FaultKind = "truncated"          // KMS acts, and half of the answer arrives
	HTML             FaultKind = "html"               // a gateway's page for people, 502; nothing was done
	NumericCode      FaultKind = "numeric-code"       // a gateway's JSON whose Code is a number, 502; nothing was done
	Empty200         FaultKind = "empty-200"          // KMS acts, and the answer is 200 without a body
	Null200          FaultKind = "null-200"           // KMS acts, and the answer is 200 with null
	Redirect         FaultKind = "redirect"           // answered with Status, 307 or other, and Location; nothing was done
	EndlessBody      FaultKind = "endless-body"       // KMS acts, and blanks come until the client goes
	Error200         FaultKind = "error-200"          // 200 with an error code in the body; nothing was done
	ServerErrorAfter FaultKind = "server-error-after" // KMS acts, and answers with Status 500
)

// FaultKinds lists every FaultKind.
var FaultKinds = []FaultKind{
	Refuse, ResetBefore, ResetAfter, HangBefore, HangAfter, Truncated, HTML, NumericCode, Empty200, Null200, Redirect,
	EndlessBody, Error200, ServerErrorAfter,
}

var committing = []FaultKind{ResetAfter, HangAfter, Truncated, Empty200, Null200, EndlessBody, ServerErrorAfter}

// Commits says whether KMS acts on the call before the client sees the fault.
func (f FaultKind) Commits() bool { return slices.Contains(committing, f) }

// Fault is what goes wrong with the calls that it matches.
type Fault struct {
	Action string // "" matches any
	Secret string // the name; "" matches any, and calls without a SecretName
	Skip   int    // so many matching calls pass first
	Times  int    // so many are hit after that; 0 is all
	Kind   FaultKind

	Status        int    // of Refuse, HTML, NumericCode, Redirect and ServerErrorAfter; a usual one if 0
	Code, Message string // of the answers that have them; InternalFailure if empty
	Location      string // of Redirect; a host that does not exist if empty

	hits int
}

// Inject adds a fault. A call meets the first fault that matches it and is not used up.
func (k *KMS) Inject(f Fault) {
	k.lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, &f)
}

// Mend removes all faults.
func (k *KMS) ClearFaults() {
	k.lock()
	defer k.mu.Unlock()
	k.faults = nil
}

func (k *KMS) takeFault(c Call) *Fault {
	for _, f := range k.faults {
		if f.takes(c) {
			hit := *f
			return &hit
		}
	}
	return nil
}

func (f *Fault) takes(c Call) bool {
	if f.Action != "" && f.Action != c.Action || f.Secret != "" && f.Secret != c.Secret {
		return false
	}
	if f.Skip > 0 {
		f.Skip--
		return false
	}
	if f.Times > 0 && f.hits == f.Times {
		return false
	}
	f.hits++
	return true
}

// usualStatus is the status of a fault that does not name one.
var usualStatus = map[FaultKind]int{
	Refuse:           http.StatusInternalServerError,
	ServerErrorAfter: http.StatusInternalServerError,
	HTML:             http.StatusBadGateway,
	NumericCode:      http.StatusBadGateway,
	Redirect:         http.StatusTemporaryRedirect,
}

func (f Fault) withDefaults() Fault {
	if f.Status == 0 {
		f.Status = usualStatus[f.Kind]
	}
	if f.Code == "" {
		f.Code = "InternalFailure"
	}
	if f.Message == "" {
		f.Message = "Internal Failure."
	}
	if f.Location == "" {
		f.Location = "http://elsewhere.invalid/"
	}
	return f
}
