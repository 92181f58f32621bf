package events

import "strconv"

// maxQuoted bounds what an error repeats of a payload, in bytes, quotes included.
const maxQuoted = 64

// missing is what a field is that is not there, or blank.
const missing = "missing"

// RejectError says that a payload cannot be read or contradicts itself. It repeats one value at most, never the payload.
type RejectError struct {
	Field string // where: "payload", or a path such as "content.failureTime"
	Got   string // what is there: a quoted value, cut to 64 bytes, or a phrase such as "an array"
	Want  string // what would be right
}

func (e *RejectError) Error() string {
	return e.Field + " is " + e.Got + ", want " + e.Want
}

// orMissing quotes a value for RejectError.Got.
func orMissing(s string) string {
	if s == "" {
		return missing
	}
	return quoted(s)
}

// quoted quotes s, and cuts it so that the whole fits into maxQuoted. What does not print is escaped.
func quoted(s string) string {
	const end = `…"`
	b := []byte{'"'}
	for _, r := range s {
		piece := strconv.Quote(string(r))
		piece = piece[1 : len(piece)-1]
		if len(b)+len(piece)+len(end) > maxQuoted {
			return string(b) + end
		}
		b = append(b, piece...)
	}
	return string(b) + `"`
}
