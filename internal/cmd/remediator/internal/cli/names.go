package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// ECSPrefix begins the names of ECS secrets.
	ECSPrefix = "acs/ecs/"
	// namesRead bounds the names that a misspelt one is compared with: pages of 100.
	namesRead = 5
	// minSimilar is how long a common part has to be.
	minSimilar = 3
	// maxSuggested bounds the names that are suggested.
	maxSuggested = 3
)

// Resolve returns the name of a secret that is given in full, or by what follows acs/ecs/ in it.
func (r Region) Resolve(ctx context.Context, given string) (string, error) {
	for _, name := range []string{given, ECSPrefix + given} {
		_, err := r.Secret(ctx, name)
		if err == nil || ClassOf(err) != remediation.Gone {
			return name, err
		}
	}
	similar := r.similar(ctx, given)
	if len(similar) == 0 {
		return "", fmt.Errorf("no secret %s in %s: names of ECS secrets begin with %s", OneLine(given, MaxCell), r.Name, ECSPrefix)
	}
	return "", fmt.Errorf("no secret %s in %s: did you mean %s?", OneLine(given, MaxCell), r.Name, strings.Join(similar, " or "))
}

// CheckName returns why a secret is in none of the regions, nil if it is in one.
func (c *Account) CheckName(ctx context.Context, given string) error {
	var first error
	for _, region := range c.Regions {
		_, err := c.In(region).Resolve(ctx, given)
		if err == nil {
			return nil
		}
		first = cmp.Or(first, err)
	}
	return first
}

// similar returns names whose last part contains the given one's, or is part of it.
func (r Region) similar(ctx context.Context, given string) []string {
	last := func(name string) string { return strings.ToLower(name[strings.LastIndex(name, "/")+1:]) }
	var names []string
	for number := 1; number <= namesRead; number++ {
		page, err := Read(ctx, r, "the names of the secrets", func(ctx context.Context, number int) (remediation.SecretPage, error) {
			return r.KMS().ListSecrets(ctx, number, 100)
		}, number)
		if err != nil {
			return nil
		}
		for _, secret := range page.Secrets {
			if a, b := last(secret.Name), last(given); len(names) < maxSuggested && min(len(a), len(b)) >= minSimilar && (strings.Contains(a, b) || strings.Contains(b, a)) {
				names = append(names, secret.Name)
			}
		}
		if len(page.Secrets) == 0 || number*100 >= page.Total {
			break
		}
	}
	return names
}
