package standin

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The key and the instance of KMS that protect all secrets here.
const (
	encryptionKey     = "key-hzz1a2b3c4d5e6f7g8h9i"
	dedicatedInstance = "kst-hzz1a2b3c4d5e6f7g8h9i"
)

type describedSecret struct {
	head
	ARN               string   `json:"Arn"`
	SecretName        string   `json:"SecretName"`
	SecretType        string   `json:"SecretType"`
	Description       string   `json:"Description"`
	EncryptionKeyID   string   `json:"EncryptionKeyId"`
	DKMSInstanceID    string   `json:"DKMSInstanceId"`
	OwingService      string   `json:"OwingService"`
	AutomaticRotation string   `json:"AutomaticRotation,omitempty"`
	RotationInterval  string   `json:"RotationInterval,omitempty"`
	LastRotationDate  string   `json:"LastRotationDate,omitempty"`
	NextRotationDate  string   `json:"NextRotationDate,omitempty"`
	PlannedDeleteTime string   `json:"PlannedDeleteTime,omitempty"`
	CreateTime        string   `json:"CreateTime"`
	UpdateTime        string   `json:"UpdateTime"`
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
		ARN: k.arn(s.Name), SecretName: s.Name, SecretType: s.Type, Description: s.Description,
		EncryptionKeyID: encryptionKey, DKMSInstanceID: dedicatedInstance, AutomaticRotation: s.AutomaticRotation,
		LastRotationDate: kmsTime(s.LastRotationDate), PlannedDeleteTime: kmsTime(s.PlannedDeleteTime),
		CreateTime: kmsTime(s.CreateTime), UpdateTime: kmsTime(s.updateTime()), Tags: s.fetchedTags(p),
	}
	if s.Type != typeGeneric {
		d.ExtendedConfig = s.extendedConfig(k.options.Region)
	}
	// The page of DescribeSecret shows these where automatic rotation is on; an older edition of it, where it is Invalid too.
	if s.AutomaticRotation == rotationEnabled || s.AutomaticRotation == rotationInvalid && !k.behavior().InvalidHidesSchedule {
		d.NextRotationDate = kmsTime(s.NextRotationDate)
		if s.RotationInterval > 0 {
			d.RotationInterval = strconv.Itoa(int(s.RotationInterval.Seconds())) + "s"
		}
	}
	return d, nil
}

// instanceMembers name the instance in ExtendedConfig, by type of secret.
var instanceMembers = map[string]string{"Rds": "DBInstanceId", "PolarDB": "DBClusterId", "ECS": "InstanceId", "Redis": "InstanceId"}

func (s *secret) extendedConfig(region string) string {
	config := map[string]string{"SecretSubType": s.SubType, "RegionId": region}
	if member := instanceMembers[s.Type]; member != "" {
		config[member] = s.InstanceID
	}
	return string(mustMarshal(config))
}

// updateTime is when the secret last changed: whether a rotation moves UpdateTime is not documented.
func (s *secret) updateTime() time.Time {
	if s.LastRotationDate.After(s.CreateTime) {
		return s.LastRotationDate
	}
	return s.CreateTime
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

// find returns a secret by name or ARN. The ARN of another region or account names nothing here.
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
	UpdateTime        string   `json:"UpdateTime"`
	OwingService      string   `json:"OwingService"`
	PlannedDeleteTime string   `json:"PlannedDeleteTime,omitempty"`
	Tags              *tagList `json:"Tags,omitempty"`
}

// listSecrets pages by number, in the order of the names, and gives the total, by the page of ListSecrets.
func listSecrets(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	// A filter that is passed over in silence would make a test mean something else than it says.
	if p.Get("Filters") != "" {
		return nil, invalidParameter("Filters")
	}
	var all []listedSecret
	for _, name := range sortedKeys(k.secrets) {
		s := k.secrets[name]
		all = append(all, listedSecret{
			SecretName: s.Name, SecretType: s.Type, CreateTime: kmsTime(s.CreateTime), UpdateTime: kmsTime(s.updateTime()),
			PlannedDeleteTime: kmsTime(s.PlannedDeleteTime), Tags: s.fetchedTags(p),
		})
	}
	list := &secretList{}
	var refused *refusal
	list.SecretList.Secret, list.page, refused = cut(all, p, defaultPageSize)
	return list, refused
}
