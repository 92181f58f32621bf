package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A name that somebody else chose must not write on the terminal of the person on call, whatever prints it.
func TestNoOutputMovesACursorOrHidesAText(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"an escape sequence", "a\x1b[2Jb", "a [2Jb"},
		{"one of 8 bits", "a\u009b2Jb", "a 2Jb"},
		{"a title, and a bell", "a\x1b]0;x\ab", "a ]0;x b"},
		{"a carriage return over what was said", "bad\rok", "bad ok"},
		{"a backspace and a delete", "a\bb\x7fc", "a b c"},
		{"the other direction", "a\u202eb", "a b"},
		{"a blank without width", "a\u200bb", "a b"},
		{"another line separator", "a\u2028b", "a b"},
		{"Chinese and an accent", "凭据-é", "凭据-é"},
	} {
		for _, format := range []string{"table", "json", "text", "error"} {
			t.Run(row.name+", "+format, func(t *testing.T) {
				var stdout, stderr strings.Builder
				c := &Console{Out: &Terminal{To: &stdout}, Err: &Terminal{To: &stderr}, JSON: format == "json"}
				var err error
				got := ""
				switch format {
				case "table":
					err = c.Table([][]string{{row.text}})
					got = stdout.String()
				case "json":
					if err := c.Value(row.text); err != nil {
						t.Error(err)
					}
					if strings.ContainsAny(stdout.String(), "\x1b\a\r\b\x7f\u009b\u202e\u200b\u2028") {
						t.Errorf("raw in JSON: %q", stdout.String())
					}
					return
				case "text":
					c.Show("%s", row.text)
					got = stdout.String()
				case "error":
					c.Warnf("%s", row.text)
					got = stderr.String()
				}
				if diff := cmp.Diff(row.want+"\n", got); err != nil || diff != "" {
					t.Errorf("error %v (-want +got):\n%s", err, diff)
				}
			})
		}
	}
}
