package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// grid counts what was broken, by fault and call.
type grid struct {
	mu     sync.Mutex
	cells  [][]int
	tried  int
	broken []string
}

func newGrid() *grid {
	g := &grid{cells: make([][]int, len(faultRows))}
	for r := range g.cells {
		g.cells[r] = make([]int, len(faultColumns))
	}
	return g
}

func (g *grid) add(row, column int, broken []string, story string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried++
	if len(broken) == 0 {
		return
	}
	g.cells[row][column]++
	g.broken = append(g.broken, story+":\n    "+strings.Join(broken, "\n    "))
}

// show prints how many stories of each cell ended badly, and the first of them.
func (g *grid) show(t *testing.T) {
	const shown = 10
	if g.tried == 0 {
		t.Error("no story was told")
	}
	if len(g.broken) == 0 {
		return
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "fault")
	for _, column := range faultColumns {
		fmt.Fprint(table, "\t", column.name)
	}
	for r, fault := range faultRows {
		fmt.Fprint(table, "\n", rowName(fault))
		for _, n := range g.cells[r] {
			fmt.Fprint(table, "\t", n)
		}
	}
	_ = table.Flush() // into memory
	t.Errorf("%d of %d stories broke a promise\n%s\n%s", len(g.broken), g.tried, text.String(), strings.Join(g.broken[:min(len(g.broken), shown)], "\n"))
}
