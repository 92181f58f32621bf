package standin

import (
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"
)

// maxVersionID is the limit on the page of CreateSecret; that of RotateSecret names none.
const maxVersionID = 64

type rotatedSecret struct {
	head
	ARN        string `json:"Arn"`
	SecretName string `json:"SecretName"`
	VersionID  string `json:"VersionId"`
}

func rotateSecret(k *KMS, p url.Values, now time.Time) (identified, *refusal) {
	world := k.world()
	var answer identified
	refused := k.hourlyLimit(now)
	if refused == nil {
		answer, refused = k.accept(p, now)
	}
	if refused == nil || world.RefusedCallsCount {
		k.hourly.spend(now)
	}
	return answer, refused
}

func (k *KMS) hourlyLimit(now time.Time) *refusal {
	if !k.hourly.full(now) {
		return nil
	}
	code := k.world().RotationsLimitCode
	if code == codeThrottling {
		return &refusal{http.StatusTooManyRequests, code, "QPS Limit Exceeded"}
	}
	return &refusal{http.StatusBadRequest, code, "The number of rotations exceeds the limit."}
}

// accept starts a rotation, unless it must not.
func (k *KMS) accept(p url.Values, now time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	id := p.Get("VersionId")
	switch {
	case id == "":
		return nil, missingParameter("VersionId")
	case utf8.RuneCountInString(id) > maxVersionID:
		return nil, invalidParameter("VersionId")
	case s.Type == typeGeneric:
		return nil, errGeneric
	case !s.PlannedDeleteTime.IsZero():
		return nil, errDeleteWindow
	}
	answer := &rotatedSecret{ARN: k.arn(s.Name), SecretName: s.Name, VersionID: id}
	if s.version(id) != nil {
		return answer, nil // documented: an existing version number is ignored, and success returned
	}
	if s.flight != nil {
		return nil, &refusal{k.world().BusyStatus, k.world().BusyCode, "Your secret is being rotated, please try again later."}
	}
	k.start(s, id, ByCall, now, k.world().Work, s.nextOutcome())
	return answer, nil
}
