// Oracle answers questions about PEM and X.509 exactly as Go's standard
// library answers them, so that the Rust code can be compared with it.
//
// README.md says what each mode answers.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

const usage = "usage: oracle pem|parse|bundle|chain | oracle bench N FILE | oracle bench-verify N FILE | oracle bench-mint N CURVE | oracle check FILE"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		if errors.Is(err, errUnchecked) {
			os.Exit(1)
		}
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	mode, rest := args[0], args[1:]
	switch {
	case mode == "pem" && len(rest) == 0:
		return answerLines(answerPem)
	case mode == "parse" && len(rest) == 0:
		return answerLines(answerParse)
	case mode == "bundle" && len(rest) == 0:
		return answerLines(answerBundle)
	case mode == "chain" && len(rest) == 0:
		return answerLines(answerChain)
	case mode == "bench" && len(rest) == 2:
		return bench(rest[0], rest[1])
	case mode == "bench-verify" && len(rest) == 2:
		return benchVerify(rest[0], rest[1])
	case mode == "bench-mint" && len(rest) == 2:
		return benchMint(rest[0], rest[1])
	case mode == "check" && len(rest) == 1:
		return check(rest[0])
	}
	return errors.New(usage)
}

// answerLines calls answer once per input line and writes one line for each,
// in order. A line that is not a question stops the run: an answer made up
// for it would look like a verdict.
func answerLines[Question, Answer any](answer func(Question) (Answer, error)) error {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for number := 1; ; number++ {
		line, readErr := in.ReadBytes('\n')
		if len(line) > 0 {
			var question Question
			if err := json.Unmarshal(line, &question); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
			reply, err := answer(question)
			if err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
			if err := encoder.Encode(reply); err != nil {
				return err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return out.Flush()
		}
		if readErr != nil {
			return readErr
		}
	}
}
