package alicloud

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[credentials]"

// Credentials are those of one invocation. SecurityToken is empty for a permanent access key.
//
// However they are printed, they do not show. One way remains: fmt asks no method of what an unexported field holds, and
// follows a pointer too. A struct with such a field keeps a function that returns them instead.
type Credentials struct{ AccessKeyID, AccessKeySecret, SecurityToken string }

func (Credentials) String() string               { return redacted }
func (Credentials) GoString() string             { return redacted }
func (Credentials) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Credentials) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// usable reports whether a call can be signed. With an empty key it would be bound to be refused.
func (c Credentials) usable() bool { return c.AccessKeyID != "" && c.AccessKeySecret != "" }
