package main

import (
	"github.com/spf13/cobra"

	"sallyport.dev/sallyport/policy/schema"
)

func (t *tool) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the policy",
		Long:  "Schema prints the JSON Schema (2020-12) of the policy, for editors: save it and name it in \"$schema\".",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := t.out.Write(schema.JSON())
			return err
		},
	}
}
