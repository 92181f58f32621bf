package main

import (
	"slices"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// state is what a check came to. It is a closed set.
type state string

const (
	stateFinding    state = "finding"     // a person should do something
	stateUnknown    state = "unknown"     // the check could not be made; another time it may
	stateNotChecked state = "not checked" // it cannot be made from here
	stateOK         state = "ok"          // as it should be
)

// states lists every state, in the order in which they are shown.
var states = []state{stateFinding, stateUnknown, stateNotChecked, stateOK}

func (s state) rank() int { return slices.Index(states, s) }

// maxWhat bounds what is said of one check, in characters.
const maxWhat = 300

// diagnosis is one line of the doctor. Its fields are what -o json prints.
type diagnosis struct {
	Check  string `json:"check"`
	State  state  `json:"state"`
	Region string `json:"region,omitempty"`
	What   string `json:"what"`
	Remedy string `json:"remedy,omitempty"`
}

func (d *doctor) say(check string, s state, region, what, remedy string) {
	d.diagnoses = append(d.diagnoses, diagnosis{check, s, region, what, remedy})
}

// unread says that a read failed: a refusal is something to mend, anything else may pass.
func (d *doctor) unread(check, region string, err error) {
	said := stateUnknown
	if class := classOf(err); class == remediation.Account || class == remediation.Expired || class == remediation.Refused {
		said = stateFinding
	}
	d.say(check, said, region, err.Error(), strings.TrimPrefix(remedy(err), "; "))
}
