package doctor

import "slices"

// State is what a check came to. It is a closed set.
type State string

const (
	Finding    State = "finding"     // a person should do something
	Unknown    State = "unknown"     // the check could not be made; another time it may
	NotChecked State = "not checked" // it cannot be made from here
	OK         State = "ok"          // as it should be
)

// States lists every State, in the order in which checks are shown.
var States = []State{Finding, Unknown, NotChecked, OK}

func (s State) rank() int { return slices.Index(States, s) }

// Check is one line of the doctor. Its fields are what -o json prints.
type Check struct {
	Check  string `json:"check"`
	State  State  `json:"state"`
	Region string `json:"region,omitempty"`
	What   string `json:"what"`
	Remedy string `json:"remedy,omitempty"`
}
