package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
)

type pemQuestion struct {
	ID    json.RawMessage `json:"id"`
	Input []byte          `json:"input"`
}

type pemBlock struct {
	Type string `json:"type"`
	// TypeBytes holds the label without loss: JSON text cannot carry every byte.
	TypeBytes []byte            `json:"type_base64"`
	Headers   map[string]string `json:"headers"`
	DER       []byte            `json:"der"`
}

type pemAnswer struct {
	ID     json.RawMessage `json:"id"`
	Blocks []pemBlock      `json:"blocks"`
	Rest   []byte          `json:"rest"`
}

func answerPem(question pemQuestion) (pemAnswer, error) {
	blocks, rest := decodeAll(question.Input)
	answer := pemAnswer{ID: question.ID, Blocks: []pemBlock{}, Rest: append([]byte{}, rest...)}
	for _, block := range blocks {
		headers := block.Headers
		if headers == nil {
			headers = map[string]string{}
		}
		answer.Blocks = append(answer.Blocks, pemBlock{
			Type:      block.Type,
			TypeBytes: []byte(block.Type),
			Headers:   headers,
			DER:       append([]byte{}, block.Bytes...),
		})
	}
	return answer, nil
}

type parseQuestion struct {
	ID  json.RawMessage `json:"id"`
	DER []byte          `json:"der"`
}

type parseAnswer struct {
	ID    json.RawMessage `json:"id"`
	OK    bool            `json:"ok"`
	Error string          `json:"error"`
}

func answerParse(question parseQuestion) (parseAnswer, error) {
	_, err := parseCertificate(question.DER)
	return parseAnswer{ID: question.ID, OK: err == nil, Error: text(err)}, nil
}

// decodeAll returns every block that the PEM reader finds, and what it leaves over.
func decodeAll(input []byte) ([]*pem.Block, []byte) {
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(input)
		if block == nil {
			return blocks, rest
		}
		blocks = append(blocks, block)
		input = rest
	}
}

// isPlainCertificate reports whether a pool loader would take the block.
func isPlainCertificate(block *pem.Block) bool {
	return block.Type == "CERTIFICATE" && len(block.Headers) == 0
}

// parseCertificate turns a panic of the parser into an error: a crash on one
// input is an answer about that input, not about the whole run.
func parseCertificate(der []byte) (certificate *x509.Certificate, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			certificate, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	return x509.ParseCertificate(der)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
