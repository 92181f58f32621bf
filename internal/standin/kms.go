package standin

import (
	"sync"
	"time"
)

// KMS is one account's Key Management Service in one region, with what CloudMonitor remembers of its events. It is an
// http.Handler for both, safe for concurrent use.
type KMS struct {
	options Options

	mu         sync.Mutex
	secrets    map[string]*secret
	running    []*running
	rotations  map[string][]*Rotation
	events     []Event
	history    []pastEvent
	raised     int // events raised so far, drained ones included: names them
	calls      []Call
	faults     []*Fault
	nonces     nonces
	remembered int // events of the history so far: gives them their ids

	rules         map[string]EventRule
	targets       map[string][]EventTarget // by the name of their rule
	refusesTarget func(EventTarget) bool   // nil: none
	customRules   map[string]CustomRule    // by id
	customEvents  []CustomEvent

	hourly quota // RotateSecret
	second quota // every action
}

// secret is a Secret with what KMS alone knows of it.
type secret struct {
	Secret
	started int // rotations by call and by hand since it was put
	running *running
}

// New returns a stand-in without any secret.
func New(o Options) *KMS {
	o = o.withDefaults()
	return &KMS{
		options:     o,
		secrets:     map[string]*secret{},
		rotations:   map[string][]*Rotation{},
		rules:       map[string]EventRule{},
		targets:     map[string][]EventTarget{},
		customRules: map[string]CustomRule{},
		nonces:      nonces{seen: map[string]time.Time{}},
		hourly:      quota{limit: o.Behavior.RotationsPerHour, length: time.Hour, window: o.Behavior.HourlyWindow},
		second:      quota{limit: o.Behavior.RequestsPerSecond, length: time.Second, window: Fixed},
	}
}

// Put creates a secret, or replaces it. A rotation that runs goes on if the new secret still has its version.
func (k *KMS) Put(s Secret) {
	now := k.lock()
	defer k.mu.Unlock()
	there := k.secrets[s.Name]
	if there == nil {
		there = &secret{}
		k.secrets[s.Name] = there
	}
	there.Secret = s.clone().withDefaults(k.stamp(now))
	there.started = 0
	if r := there.running; r != nil && there.version(r.versionID) == nil {
		k.drop(r)
	}
}

// Delete removes a secret for good, as the end of its deletion window does.
func (k *KMS) Delete(name string) {
	k.lock()
	defer k.mu.Unlock()
	if s := k.secrets[name]; s != nil {
		k.drop(s.running)
		delete(k.secrets, name)
	}
}

// Secret returns a copy of a secret as it is now.
func (k *KMS) Secret(name string) (Secret, bool) {
	k.lock()
	defer k.mu.Unlock()
	s := k.secrets[name]
	if s == nil {
		return Secret{}, false
	}
	return s.clone(), true
}

// Tag writes a tag by a person's hand: no limit applies.
func (k *KMS) Tag(name, key, value string) {
	k.lock()
	defer k.mu.Unlock()
	if s := k.secrets[name]; s != nil {
		s.Tags[key] = value
	}
}

// Untag removes a tag by a person's hand.
func (k *KMS) Untag(name, key string) {
	k.lock()
	defer k.mu.Unlock()
	if s := k.secrets[name]; s != nil {
		delete(s.Tags, key)
	}
}

// lock takes the lock, applies what has become due, and returns the time. Every way into the state comes through here.
func (k *KMS) lock() time.Time {
	k.mu.Lock()
	now := k.options.Now()
	k.completeDue(now)
	return now
}

// stamp is a moment as KMS writes it: its own clock, in whole seconds.
func (k *KMS) stamp(t time.Time) time.Time {
	return t.Add(k.options.ClockSkew).UTC().Truncate(time.Second)
}

func (k *KMS) behavior() Behavior { return k.options.Behavior }

func (k *KMS) arn(name string) string { return k.arnPrefix() + name }

func (k *KMS) arnPrefix() string {
	return "acs:kms:" + k.options.Region + ":" + k.options.Account + ":secret/"
}
