package events

import "strings"

// maxShortCode bounds a code that is recorded in the value of a tag, in characters; a value has room for 128 in all.
const maxShortCode = 24

// Cause is why a rotation failed, by KMS's own word. Both parts may be missing, and no document lists them.
type Cause struct {
	Code    string
	Message string
}

// ShortCode returns the part of the code after its last ':' or '.', since documents show codes with and without a
// prefix, in letters, digits, '_' and '-' only. It is "" where nothing of that is left.
func (c Cause) ShortCode() string {
	last := c.Code[strings.LastIndexAny(c.Code, ":.")+1:]
	short := strings.Map(func(r rune) rune {
		if isLetter(r) || isDigit(r) || r == '_' || r == '-' {
			return r
		}
		return -1
	}, last)
	return short[:min(len(short), maxShortCode)]
}

// causeOf reads failureInfo. One that cannot be read is an unknown cause, not a reason to lose the failure.
func causeOf(content object) Cause {
	info, err := content.object("failureInfo")
	if err != nil {
		return Cause{}
	}
	return Cause{Code: info.shown("errorCode"), Message: info.shown("errorMessage")}
}
