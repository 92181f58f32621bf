//go:build !race

package main

// raceDetector says whether these tests run with the race detector.
const raceDetector = false
