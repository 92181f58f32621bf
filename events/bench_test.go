package events

import (
	"os"
	"testing"
)

func BenchmarkDecode(b *testing.B) {
	payload, err := os.ReadFile("testdata/rotate-failure-ecs.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if items := Decode(payload).Items; items[0].Err != nil {
			b.Fatal(items[0].Err)
		}
	}
}
