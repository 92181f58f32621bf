package events

import (
	"bytes"
	"encoding/json"
)

// Everything here is asked about JSON that json.Valid has seen already, so none of it can fail or run past the end.

// separators is what may stand between the keys and values of an object.
const separators = " \t\r\n,:"

// endOfValue returns where the value ends that the rest of an object begins with.
func endOfValue(rest []byte) int {
	switch rest[0] {
	case '"':
		return endOfString(rest)
	case '{', '[':
		end, _ := nested(rest)
		return end
	default:
		return bytes.IndexAny(rest, separators+"}")
	}
}

// endOfString returns where the string ends that text begins with.
func endOfString(text []byte) int {
	i := 1
	for text[i] != '"' {
		if text[i] == '\\' {
			i++
		}
		i++
	}
	return i + 1
}

// nested returns where the object or array ends that text begins with, and how deep it nests.
func nested(text []byte) (end, depth int) {
	level := 0
	for {
		switch text[end] {
		case '"':
			end += endOfString(text[end:])
			continue
		case '{', '[':
			level++
			depth = max(depth, level)
		case '}', ']':
			level--
		}
		end++
		if level == 0 {
			return end, depth
		}
	}
}

// stringOf returns the text of a string.
func stringOf(value []byte) string {
	if !bytes.ContainsRune(value, '\\') { // nearly all, and much cheaper
		return string(value[1 : len(value)-1])
	}
	var s string
	_ = json.Unmarshal(value, &s)
	return s
}

// describe names the type of a value.
func describe(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
