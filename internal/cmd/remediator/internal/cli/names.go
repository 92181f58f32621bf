package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
	return "", r.unknown(ctx, given)
}

// unknown says which secret may be meant by a name that no secret has.
func (r Region) unknown(ctx context.Context, given string) error {
	similar := r.similar(ctx, given)
	if len(similar) == 0 {
		return fmt.Errorf("no secret %s in %s: names of ECS secrets begin with %s", OneLine(given, MaxCell), r.Name, ECSPrefix)
	}
	return fmt.Errorf("no secret %s in %s: did you mean %s?", OneLine(given, MaxCell), r.Name, strings.Join(similar, " or "))
}

// CheckName returns why a secret, given by name or ARN, is in none of the regions, nil if it is in one.
func (c *Account) CheckName(ctx context.Context, given string) error {
	if strings.HasPrefix(given, "acs:") {
		return c.checkARN(ctx, given)
	}
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

func (c *Account) checkARN(ctx context.Context, given string) error {
	parts := strings.SplitN(given, ":", 5)
	name, found := strings.CutPrefix(parts[len(parts)-1], "secret/")
	if len(parts) < 5 || !found {
		return UsageError("--secret: want a name, or an ARN such as acs:kms:cn-hangzhou:1000000000000001:secret/acs/ecs/web-1")
	}
	if !slices.Contains(c.Regions, parts[2]) {
		return UsageError(fmt.Sprintf("--secret: it is of %s: add --region %[1]s", OneLine(parts[2], MaxCell)))
	}
	region := c.In(parts[2])
	secret, err := region.Secret(ctx, name)
	switch {
	case err == nil && secret.ARN != "" && secret.ARN != given:
		return fmt.Errorf("no secret %s: the secret of this name is %s", OneLine(given, MaxCell), OneLine(secret.ARN, MaxCell))
	case err != nil && ClassOf(err) == remediation.Gone:
		return region.unknown(ctx, name)
	}
	return err
}

// similar returns names whose last part is like the given one's.
func (r Region) similar(ctx context.Context, given string) []string {
	var names []string
	for number := 1; number <= namesRead; number++ {
		page, err := Read(ctx, r, "the names of the secrets", func(ctx context.Context, number int) (remediation.SecretPage, error) {
			return r.KMS().ListSecrets(ctx, number, 100)
		}, number)
		if err != nil {
			return nil
		}
		for _, secret := range page.Secrets {
			if len(names) < maxSuggested && isSimilar(lastPart(secret.Name), lastPart(given)) {
				names = append(names, secret.Name)
			}
		}
		if len(page.Secrets) == 0 || number*100 >= page.Total {
			break
		}
	}
	return names
}

// lastPart is what follows the last slash of a name, without what is typed wrong or left out most.
func lastPart(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name[strings.LastIndex(name, "/")+1:]))
}

// isSimilar says whether one contains the other, or has one character changed, left out or added, or two next to each other
// exchanged.
func isSimilar(a, b string) bool {
	if min(len(a), len(b)) < minSimilar {
		return false
	}
	if strings.Contains(a, b) || strings.Contains(b, a) {
		return true
	}
	a, b = differing(a, b)
	return max(len(a), len(b)) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// differing returns both without what they begin with and end with in common.
func differing(a, b string) (restOfA, restOfB string) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}
