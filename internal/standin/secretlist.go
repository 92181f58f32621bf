package standin

import (
	"net/url"
	"time"
)

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

// listSecrets pages by number, in the order of the names, and tells the total, by the page of ListSecrets.
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
