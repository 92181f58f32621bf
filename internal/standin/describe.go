package standin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultPageSize = 20
	maxPageSize     = 100
)

type describedSecret struct {
	head
	ARN               string   `json:"Arn"`
	SecretName        string   `json:"SecretName"`
	SecretType        string   `json:"SecretType"`
	AutomaticRotation string   `json:"AutomaticRotation,omitempty"`
	RotationInterval  string   `json:"RotationInterval,omitempty"`
	LastRotationDate  string   `json:"LastRotationDate,omitempty"`
	NextRotationDate  string   `json:"NextRotationDate,omitempty"`
	PlannedDeleteTime string   `json:"PlannedDeleteTime,omitempty"`
	CreateTime        string   `json:"CreateTime"`
	ExtendedConfig    string   `json:"ExtendedConfig,omitempty"`
	Tags              *tagList `json:"Tags,omitempty"`
}

type versionList struct {
	head
	page
	SecretName string `json:"SecretName"`
	VersionIDs struct {
		VersionID []listedVersion `json:"VersionId"`
	} `json:"VersionIds"`
}

type listedVersion struct {
	VersionID     string `json:"VersionId"`
	CreateTime    string `json:"CreateTime"`
	VersionStages struct {
		VersionStage []string `json:"VersionStage"`
	} `json:"VersionStages"`
}

type secretList struct {
	head
	page
	SecretList struct {
		Secret []listedSecret `json:"Secret"`
	} `json:"SecretList"`
}

type listedSecret struct {
	SecretName        string   `json:"SecretName"`
	SecretType        string   `json:"SecretType"`
	CreateTime        string   `json:"CreateTime"`
	PlannedDeleteTime string   `json:"PlannedDeleteTime,omitempty"`
	Tags              *tagList `json:"Tags,omitempty"`
}

type page struct {
	PageNumber int `json:"PageNumber"`
	PageSize   int `json:"PageSize"`
	TotalCount int `json:"TotalCount"`
}

func describeSecret(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	d := &describedSecret{
		ARN: k.arn(s.Name), SecretName: s.Name, SecretType: s.Type, AutomaticRotation: s.AutomaticRotation,
		LastRotationDate: kmsTime(s.LastRotationDate), PlannedDeleteTime: kmsTime(s.PlannedDeleteTime),
		CreateTime: kmsTime(s.CreateTime), Tags: s.fetchedTags(p),
	}
	if s.Type != typeGeneric {
		d.ExtendedConfig = string(mustMarshal(map[string]string{"SecretSubType": s.SubType, "RegionId": k.options.Region}))
	}
	// An older page shows these for an Invalid schedule too, the present one does not say.
	if s.AutomaticRotation == rotationEnabled || s.AutomaticRotation == rotationInvalid {
		d.NextRotationDate = kmsTime(s.NextRotationDate)
		if s.RotationInterval > 0 {
			d.RotationInterval = strconv.Itoa(int(s.RotationInterval.Seconds())) + "s"
		}
	}
	return d, nil
}

func listSecretVersionIDs(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	var all []listedVersion
	for _, v := range s.Versions {
		if len(v.Stages) == 0 && p.Get("IncludeDeprecated") != "true" {
			continue
		}
		listed := listedVersion{VersionID: v.ID, CreateTime: kmsTime(v.CreateTime)}
		listed.VersionStages.VersionStage = append([]string{}, v.Stages...)
		all = append(all, listed)
	}
	list := &versionList{SecretName: s.Name}
	list.VersionIDs.VersionID, list.page, refused = cut(all, p, defaultPageSize)
	return list, refused
}

func listSecrets(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	// A filter that is passed over in silence would make a test mean something else than it says.
	if p.Get("Filters") != "" {
		return nil, invalidParameter("Filters")
	}
	var all []listedSecret
	for _, name := range sortedKeys(k.secrets) {
		s := k.secrets[name]
		all = append(all, listedSecret{
			SecretName: s.Name, SecretType: s.Type, CreateTime: kmsTime(s.CreateTime),
			PlannedDeleteTime: kmsTime(s.PlannedDeleteTime), Tags: s.fetchedTags(p),
		})
	}
	list := &secretList{}
	var refused *refusal
	list.SecretList.Secret, list.page, refused = cut(all, p, defaultPageSize)
	return list, refused
}

// find looks a secret up by name or ARN. The ARN of another region or account names nothing here.
func (k *KMS) find(name string) (*secret, *refusal) {
	if name == "" {
		return nil, missingParameter("SecretName")
	}
	s := k.secrets[strings.TrimPrefix(name, k.arnPrefix())]
	if s == nil {
		return nil, errNotFound
	}
	return s, nil
}

// cut returns the page that the parameters ask for.
func cut[T any](all []T, p url.Values, pageSize int) ([]T, page, *refusal) {
	number, err := pageParameter(p, "PageNumber", 1)
	if err != nil || number < 1 {
		return nil, page{}, invalidParameter("PageNumber")
	}
	size, err := pageParameter(p, "PageSize", pageSize)
	if err != nil || size < 1 || size > maxPageSize {
		return nil, page{}, invalidParameter("PageSize")
	}
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	return append([]T{}, all[from:to]...), page{PageNumber: number, PageSize: size, TotalCount: len(all)}, nil
}

func pageParameter(p url.Values, name string, fallback int) (int, error) {
	if p.Get(name) == "" {
		return fallback, nil
	}
	return strconv.Atoi(p.Get(name))
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
