package deployment

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schemaJSON lists the keys that this project uses, with types and ranges. The component fc3 deploys a misspelt key
// without a word, so none is allowed that is not listed.
//
//go:embed schema.json
var schemaJSON string

var ownSchema = sync.OnceValue(func() *jsonschema.Schema {
	compiled, err := compile(strings.NewReader(schemaJSON), func(any) {})
	if err != nil {
		panic(err) // it is part of the program
	}
	return compiled
})

func compile(text io.Reader, change func(any)) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	change(document)
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("props.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("props.json")
}

func (f *Function) checkSchema() []Finding { return against(ownSchema(), f.props) }

// AgainstSchema compares the props with the schema of component fc3, made strict: as published it allows unknown keys.
func (f *Function) AgainstSchema(text io.Reader) ([]Finding, error) {
	schema, err := compile(text, func(document any) {
		top, _ := document.(map[string]any)
		definitions, _ := top["definitions"].(map[string]any)
		for _, definition := range definitions {
			closeObjects(definition)
		}
		closeObjects(top)
	})
	if err != nil {
		return nil, err
	}
	return against(schema, f.props), nil
}

// closeObjects refuses unknown keys in each object that lists the known ones and does not allow others itself. A part
// below if, then and else is a condition on such an object.
func closeObjects(part any) {
	if list, ok := part.([]any); ok {
		for _, below := range list {
			closeObjects(below)
		}
	}
	object, _ := part.(map[string]any)
	_, listed := object["properties"].(map[string]any)
	_, decided := object["additionalProperties"]
	if listed && !decided && object["type"] == "object" {
		object["additionalProperties"] = false
	}
	for key, below := range object {
		if !slices.Contains([]string{"if", "then", "else", "definitions"}, key) {
			closeObjects(below)
		}
	}
}

func against(schema *jsonschema.Schema, props any) []Finding {
	// The numbers of YAML and of JSON become those that the library knows.
	text, err := json.Marshal(props)
	if err != nil {
		return []Finding{{Where: "props", What: "cannot be written as JSON"}}
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return []Finding{{Where: "props", What: "cannot be read as JSON"}}
	}
	var wrong *jsonschema.ValidationError
	errors.As(schema.Validate(value), &wrong)
	return leaves(wrong, nil)
}

// leaves returns what is wrong at the ends of the tree, where it is said most exactly.
func leaves(wrong *jsonschema.ValidationError, found []Finding) []Finding {
	if wrong == nil {
		return found
	}
	if len(wrong.Causes) == 0 {
		what, want := describe(wrong.ErrorKind)
		return append(found, Finding{Where: location(wrong.InstanceLocation), What: what, Want: want})
	}
	for _, cause := range wrong.Causes {
		found = leaves(cause, found)
	}
	return found
}

func location(path []string) string {
	where := "props"
	for _, key := range path {
		if _, err := strconv.Atoi(key); err == nil {
			where += "[" + key + "]"
		} else {
			where += "." + key
		}
	}
	return where
}

// describe shows keys and what would be right, and no value.
func describe(wrong jsonschema.ErrorKind) (what, want string) {
	switch k := wrong.(type) {
	case *kind.AdditionalProperties:
		return fmt.Sprintf("has the unknown key %s", strings.Join(k.Properties, ", ")), "it spelt as in internal/deployment/schema.json"
	case *kind.Required:
		return fmt.Sprintf("lacks %s", strings.Join(k.Missing, ", ")), "it written down, since the platform's defaults are not documented alike"
	case *kind.Type:
		return "is a " + k.Got, strings.Join(k.Want, " or ")
	case *kind.Enum:
		return "has another value than the allowed ones", fmt.Sprint(k.Want...)
	case *kind.Const:
		return "has another value", fmt.Sprint(k.Want)
	case *kind.Pattern:
		return "has another form", "a text like " + k.Want
	case *kind.Minimum:
		return "is too small", "at least " + k.Want.RatString()
	case *kind.Maximum:
		return "is too large", "at most " + k.Want.RatString()
	}
	return "is not what the schema allows", ""
}
