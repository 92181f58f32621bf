package standin

import (
	"log/slog"
	"time"
)

const (
	defaultRegion  = "cn-hangzhou"
	defaultAccount = "1000000000000001"
)

// DefaultCredentials may call a stand-in whose Options name nobody.
var DefaultCredentials = Credentials{
	AccessKeyID:     "STS.standin",
	AccessKeySecret: "standin-secret",
	SecurityToken:   "standin-token",
}

// Options of a stand-in, which is one account's KMS in one region. All zero values are useful.
type Options struct {
	Region      string            // cn-hangzhou if empty
	Account     string            // 1000000000000001 if empty
	Credentials []Credentials     // who may call; DefaultCredentials if empty
	Allow       []string          // RAM actions that are permitted, such as kms:RotateSecret; nil permits all
	Now         func() time.Time  // time.Now if nil
	ClockSkew   time.Duration     // KMS's clock less Now; what KMS stamps carries it, the age of a signature does not
	Behavior    Behavior          // what the documents leave open
	OnCall      func(Call, Phase) // told of every authentic call, outside any lock; may be nil
}

// Phase says when OnCall is called.
type Phase string

const (
	// BeforeCommit is told when the call has arrived and nothing was done for it yet. Killing the caller here does not
	// call the request back; a test in which nothing may have happened injects ResetBefore as well.
	BeforeCommit Phase = "before-commit"
	// AfterCommit is told when the call was carried out or refused, before its answer leaves. A fault that keeps KMS from
	// acting keeps it from coming.
	AfterCommit Phase = "after-commit"
)

// Credentials are those of one caller. SecurityToken is empty for a caller without STS.
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string
}

const redacted = "standin.Credentials(redacted)"

func (Credentials) String() string       { return redacted }
func (Credentials) GoString() string     { return redacted }
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

func (o Options) withDefaults() Options {
	if o.Region == "" {
		o.Region = defaultRegion
	}
	if o.Account == "" {
		o.Account = defaultAccount
	}
	if len(o.Credentials) == 0 {
		o.Credentials = []Credentials{DefaultCredentials}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Behavior = o.Behavior.withDefaults()
	return o
}
