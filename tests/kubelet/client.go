// kubelet-client does with a credential provider what a kubelet does, by the kubelet's own code.
//
//	kubelet-client pull CONFIG FOLDER TIMES IMAGE...   looks each image up, all at once, so many times in a row
//	kubelet-client decode FILE...                      decodes Kubernetes objects, strictly
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	config "k8s.io/kubelet/config/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

func main() {
	err := errors.New("usage: kubelet-client pull CONFIG FOLDER TIMES IMAGE... | decode FILE...")
	switch {
	case len(os.Args) > 5 && os.Args[1] == "pull":
		err = pull(os.Args[2], os.Args[3], os.Args[4], os.Args[5:])
	case len(os.Args) > 2 && os.Args[1] == "decode":
		err = decode(os.Args[2:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kubelet-client:", err)
		os.Exit(1)
	}
}

type result struct {
	Image  string     `json:"image"`
	Round  int        `json:"round"`
	Logins [][]string `json:"logins"`
}

// pull prints a line for each look-up, with every login that the kubelet would try for the image.
func pull(file, folder, times string, images []string) error {
	if err := plugin.RegisterCredentialProviderPlugins(file, folder); err != nil {
		return err
	}
	rounds, err := strconv.Atoi(times)
	if err != nil {
		return err
	}
	keyring := credentialprovider.NewDockerKeyring()
	out := json.NewEncoder(os.Stdout)
	for round := 0; round < rounds; round++ {
		var all sync.WaitGroup
		results := make([]result, len(images))
		for i, image := range images {
			all.Add(1)
			go func(i int, image string) {
				defer all.Done()
				found, _ := keyring.Lookup(image)
				results[i] = result{Image: image, Round: round, Logins: [][]string{}}
				for _, login := range found {
					results[i].Logins = append(results[i].Logins, []string{login.Username, login.Password})
				}
			}(i, image)
		}
		all.Wait()
		for _, result := range results {
			if err := out.Encode(result); err != nil {
				return err
			}
		}
	}
	return nil
}

// decode prints the kind of each object in the files, or fails at the first that is not as its type has it.
func decode(files []string) error {
	if err := config.AddToScheme(scheme.Scheme); err != nil {
		return err
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
		for {
			document := make([]byte, len(text)+1)
			length, err := documents.Read(document)
			if err == io.EOF {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			_, kind, err := decoder.Decode(document[:length], nil, nil)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			fmt.Println(kind.GroupVersion().String(), kind.Kind)
		}
	}
	return nil
}
