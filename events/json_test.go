package events

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The members are split by hand. A member that only one of encoding/json and this package sees is an event that two readers
// understand differently.
func FuzzMembersAreThoseOfEncodingJSON(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,"A":2}`, `{ "a" : { "b" : [ "}" , "\"]" ] } , "c" : null }`,
		`{"a":"\\","b":"\\\"","":""}`, "{\"a\":-1.5e+3\n,\"b\":true\t}", `{"\u0041":[[],{}]}`, `{"a":"{","b":"["}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readObject(wholePayload, []byte(text))
		var decoded map[string]json.RawMessage
		if err != nil || json.Unmarshal([]byte(text), &decoded) != nil {
			return
		}
		want, got := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
		for key, value := range decoded {
			want[strings.ToLower(key)] = value
		}
		for _, m := range o.members {
			got[strings.ToLower(string(m.key))] = m.value
		}
		if len(o.repeated) > 0 { // which of two values counts is never asked
			clearValues(want)
			clearValues(got)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("members of %q differ (-encoding/json +ours):\n%s", text, diff)
		}
	})
}

func clearValues(members map[string]json.RawMessage) {
	for key := range members {
		members[key] = nil
	}
}
