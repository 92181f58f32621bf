package remediation

import "time"

// backoffFactor is how much longer each wait is than the one before it.
const backoffFactor = 3

// Policy is what the operator allows.
type Policy struct {
	Observe     bool          // look and tell, but write nothing and rotate nothing
	Scope       Scope         // which secrets may be touched
	MaxAttempts int           // attempts of one episode, at least 1
	Backoff     time.Duration // wait after the first attempt, and after the last
	BackoffMax  time.Duration // the longest wait, and how long a rotation has to settle
	VerifyWait  time.Duration // how long one invocation looks for the new version; 0 = one look
}

// WaitAfter returns how long to wait after attempt n: nothing before the first, then Backoff, three times longer each
// time up to BackoffMax. After the last attempt it is Backoff again, so that giving up is said soon.
func (p Policy) WaitAfter(n int) time.Duration {
	if n < 1 {
		return 0
	}
	wait := p.Backoff
	if n >= p.MaxAttempts {
		return wait
	}
	for range n - 1 {
		if wait >= p.BackoffMax/backoffFactor {
			return p.BackoffMax
		}
		wait *= backoffFactor
	}
	return wait
}
