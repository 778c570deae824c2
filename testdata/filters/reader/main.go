// Reads certificate filters as tcld's file format is declared, with Go's own JSON reader, which tcld uses: one document per line on
// standard input, one answer per line on standard output: the document, a tab, and what Go makes of it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

type filter struct {
	CommonName             string `json:"commonName"`
	Organization           string `json:"organization"`
	OrganizationalUnit     string `json:"organizationalUnit"`
	SubjectAlternativeName string `json:"subjectAlternativeName"`
}

func answer(text []byte) string {
	var document struct {
		Filters []filter `json:"filters"`
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, &document); errors.As(err, &syntax) {
		return "no JSON"
	} else if err != nil {
		return "wrong type"
	}
	out := fmt.Sprint(len(document.Filters))
	for _, f := range document.Filters {
		out += fmt.Sprintf("|%s,%s,%s,%s", f.CommonName, f.Organization, f.OrganizationalUnit, f.SubjectAlternativeName)
	}
	return out
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Printf("%s\t%s\n", lines.Text(), answer(lines.Bytes()))
	}
}
