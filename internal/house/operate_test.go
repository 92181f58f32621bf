package house

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/internal/policy"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

// People copy these commands while something is broken. Each has to work as it is there, in that order, with the
// rights of the operator's policy and no others.
func TestTheOperateChapterRunsWordForWord(t *testing.T) {
	script := strings.Join(page(t, operatePage).blocks(t, "sh"), "\n")
	url, k := exampleAccount(t)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute) // it builds, on whatever machine
	defer stop()
	sh := exec.CommandContext(ctx, "sh", "-eux", "-c", script)
	sh.Dir = copyOfTheRepository(t)
	sh.Env = append(outsideMake(),
		"KMS_ENDPOINT="+url, "CLOUDMONITOR_ENDPOINT="+url, "FC_REGION=cn-hangzhou", "FC_ACCOUNT_ID=1000000000000001",
		"ALIBABA_CLOUD_ACCESS_KEY_ID="+standin.DefaultCredentials.AccessKeyID,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET="+standin.DefaultCredentials.AccessKeySecret,
		"ALIBABA_CLOUD_SECURITY_TOKEN="+standin.DefaultCredentials.SecurityToken,
	)
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Errorf("the chapter's commands: %v\n%s", err, out)
	}
	for _, secret := range []string{standin.DefaultCredentials.AccessKeySecret, standin.DefaultCredentials.SecurityToken} {
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("the output holds %q", secret)
		}
	}
	if rules := k.Rules(); len(rules) != 2 {
		t.Errorf("%d rules in the end, want two: %+v", len(rules), rules)
	}
}

// exampleAccount has the secrets that the chapter names, one of which failed.
func exampleAccount(t *testing.T) (url string, k *standin.KMS) {
	t.Helper()
	k = standin.New(standin.Options{Allow: policy.Operator.Actions()})
	created := time.Now().Add(-48 * time.Hour)
	for _, name := range []string{"acs/ecs/web-1", "acs/ecs/web-2"} {
		k.Put(standin.Secret{Name: name, Versions: []standin.Version{{ID: "v1", CreateTime: created, Stages: []string{"ACSCurrent"}}}})
	}
	if err := k.ScheduledFailure("acs/ecs/web-1", standin.Failure{Code: "Kms:InstanceNotRunning"}); err != nil {
		t.Fatal(err)
	}
	url, stop, err := standin.Serve(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url, k
}

// copyOfTheRepository is a clone with what is not committed yet: the commands build, and must not build here.
func copyOfTheRepository(t *testing.T) string {
	t.Helper()
	clone := t.TempDir()
	for _, path := range files(t) {
		content, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(clone, path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return clone
}

// outsideMake is the environment of a person at a terminal: a make that runs the tests hands on how it was called.
func outsideMake() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=")
	})
}
