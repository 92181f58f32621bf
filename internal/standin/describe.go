package standin

import (
	"net/url"
	"strconv"
	"strings"
	"time"
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
		config := map[string]string{"SecretSubType": s.SubType, "RegionId": k.options.Region}
		if s.InstanceID != "" {
			config["InstanceId"] = s.InstanceID
		}
		d.ExtendedConfig = string(mustMarshal(config))
	}
	// The page of DescribeSecret shows these where automatic rotation is on; an older edition of it, where it is Invalid too.
	if s.AutomaticRotation == rotationEnabled || s.AutomaticRotation == rotationInvalid && !k.world().InvalidHidesSchedule {
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
