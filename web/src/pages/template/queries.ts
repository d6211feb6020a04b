/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the page of a template asks. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Answer, type RequestBody } from "@/api/client";
import { keys } from "@/api/keys";

export type Template = Answer<"/v1/templates/{id}", "get">;
export type Version = Template["versions"][number];
export type Wanted = NonNullable<Exclude<RequestBody<"/v1/templates", "post">, Blob>>;

export function useTemplate(id: string) {
  return useQuery({ queryKey: keys.template(id), queryFn: ({ signal }) => api.get("/v1/templates/{id}", { path: { id }, signal }) });
}

/* A new template when there is no id. */
export function useSaveTemplate(id: string | null, onSaved: (template: Template) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Wanted): Promise<Template> => (id === null ? api.post("/v1/templates", { body }) : api.put("/v1/templates/{id}", { path: { id }, body })),
    onSuccess: (template) => {
      queryClient.setQueryData(keys.template(template.id), template);
      void queryClient.invalidateQueries({ queryKey: keys.templates });
      onSaved(template);
    },
  });
}

export function useDeleteTemplate(id: string, onDeleted: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.delete("/v1/templates/{id}", { path: { id } }),
    onSuccess: () => {
      onDeleted();
      // Not at once: this page is there for a moment more, and would ask for the template that is gone.
      void queryClient.invalidateQueries({ queryKey: keys.templates, refetchType: "none" });
    },
    // A campaign may have taken it meanwhile: which one is said then.
    onError: () => void queryClient.invalidateQueries({ queryKey: keys.template(id) }),
  });
}
