package events

import "testing"

// The short code goes into the value of a tag, where a stray character has KMS refuse the whole record.
func TestAShortCodeFitsIntoATag(t *testing.T) {
	for _, tt := range []struct {
		name, code, want string
	}{
		{"a prefix with a colon goes", "Kms:ErrorCode", "ErrorCode"},
		{"a prefix with a dot goes", "Forbidden.NoPermission", "NoPermission"},
		{"the last of several separators counts", "Kms:Rejected.Throttling", "Throttling"},
		{"a code without a prefix stays", "InstanceNotRunning", "InstanceNotRunning"},
		{"24 characters stay", "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"},
		{"the 25th is cut", "abcdefghijklmnopqrstuvwxy", "abcdefghijklmnopqrstuvwx"},
		{"hyphen and underscore stay", "a-b_c", "a-b_c"},
		{"other characters go", "a b;c=d@e/f\n密", "abcdef"},
		{"nothing may be left", "Kms:", ""},
		{"no code has no short one", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Cause{Code: tt.code}).ShortCode(); got != tt.want {
				t.Errorf("ShortCode of %q is %q, want %q", tt.code, got, tt.want)
			}
		})
	}
}
