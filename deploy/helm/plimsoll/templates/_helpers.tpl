{{- define "plimsoll.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "plimsoll.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{- /* What selects pods never changes: a Deployment's selector cannot. */ -}}
{{- define "plimsoll.selector" -}}
app.kubernetes.io/name: plimsoll
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "plimsoll.labels" -}}
{{ include "plimsoll.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "plimsoll.pod-labels" -}}
{{ include "plimsoll.labels" . }}
{{- with .root.Values.pod.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* A setting as the process reads it: switches are on or off, whole numbers have no exponent
(values files are read as floats). */ -}}
{{- define "plimsoll.setting" -}}
{{- if kindIs "bool" . -}}{{ ternary "on" "off" . | quote }}
{{- else if kindIs "map" . -}}{{ toJson . | quote }}
{{- else if kindIs "string" . -}}{{ . | quote }}
{{- else -}}{{ int64 . | toString | quote }}
{{- end -}}
{{- end -}}

{{- /* In each pod and not in a ConfigMap: the hook that migrates runs before a release's objects
exist, and a changed setting replaces the pods. */ -}}
{{- define "plimsoll.environment" -}}
- {name: PLIMSOLL_HOST, value: "0.0.0.0"}
- {name: PLIMSOLL_PORT, value: "8000"}
- {name: PLIMSOLL_METRICS_PORT, value: "9100"}
{{- if and .root.Values.gateway.enabled (not .root.Values.settings.PLIMSOLL_API_URL) }}
- {name: PLIMSOLL_API_URL, value: "http://{{ include "plimsoll.name" .root }}"}
{{- end }}
{{- range $name, $value := mergeOverwrite (deepCopy .root.Values.settings) (default (dict) .settings) }}
{{- if not (and (kindIs "string" $value) (empty $value)) }}
- {name: {{ $name }}, value: {{ include "plimsoll.setting" $value }}}
{{- end }}
{{- end }}
{{- range $name, $key := .root.Values.secret.keys }}
{{- if $key }}
- {name: {{ $name }}_FILE, value: /etc/plimsoll/secrets/{{ $key }}}
{{- end }}
{{- end }}
{{- end -}}

{{- define "plimsoll.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /etc/plimsoll/secrets, readOnly: true}
{{- if or .Values.certificates.configMap .Values.certificates.secret }}
- {name: certificates, mountPath: /etc/plimsoll/certificates, readOnly: true}
{{- end }}
{{- end -}}

{{- define "plimsoll.volumes" -}}
- {name: tmp, emptyDir: {}}
- name: secrets
  secret:
    secretName: {{ .Values.secret.name }}
    defaultMode: 0440
    items:
      {{- range $name, $key := .Values.secret.keys }}
      {{- if $key }}
      - {key: {{ $key }}, path: {{ $key }}}
      {{- end }}
      {{- end }}
{{- with .Values.certificates.configMap }}
- {name: certificates, configMap: {name: {{ . }}}}
{{- end }}
{{- with .Values.certificates.secret }}
- {name: certificates, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end -}}

{{- /* The user of deploy/Dockerfile; fsGroup lets it read the mounted secrets. */ -}}
{{- define "plimsoll.pod-security" -}}
{runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: {type: RuntimeDefault}}
{{- end -}}

{{- define "plimsoll.container-security" -}}
{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
{{- end -}}

{{- define "plimsoll.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.pod.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* "yes" if KEDA says how many processes a service has; never of one that is turned off. */ -}}
{{- define "plimsoll.is-scaled" -}}
{{- if and .root.Values.autoscaling.enabled (hasKey .root.Values.autoscaling.services .component) (index .root.Values.services .component).replicas -}}
yes
{{- end -}}
{{- end -}}

{{- /* Combinations that the schema cannot name in a sentence. */ -}}
{{- define "plimsoll.check" -}}
{{- $settings := .Values.settings -}}
{{- if hasPrefix "SASL_" (default "" $settings.PLIMSOLL_KAFKA_SECURITY_PROTOCOL) -}}
  {{- if not (and $settings.PLIMSOLL_KAFKA_SASL_MECHANISM $settings.PLIMSOLL_KAFKA_SASL_USERNAME .Values.secret.keys.PLIMSOLL_KAFKA_SASL_PASSWORD) -}}
    {{- fail "settings.PLIMSOLL_KAFKA_SECURITY_PROTOCOL asks for SASL: give settings.PLIMSOLL_KAFKA_SASL_MECHANISM, settings.PLIMSOLL_KAFKA_SASL_USERNAME and secret.keys.PLIMSOLL_KAFKA_SASL_PASSWORD" -}}
  {{- end -}}
{{- end -}}
{{- if and .Values.certificates.configMap .Values.certificates.secret -}}
  {{- fail "certificates: give a configMap or a secret, not both" -}}
{{- end -}}
{{- if and (hasPrefix "/etc/plimsoll/certificates/" (default "" $settings.PLIMSOLL_KAFKA_SSL_CAFILE)) (not (or .Values.certificates.configMap .Values.certificates.secret)) -}}
  {{- fail "settings.PLIMSOLL_KAFKA_SSL_CAFILE is a file of /etc/plimsoll/certificates: give certificates.configMap or certificates.secret" -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
  {{- if not .Values.gateway.enabled -}}{{- fail "ingress.enabled needs gateway.enabled" -}}{{- end -}}
  {{- if not .Values.ingress.host -}}{{- fail "ingress.host is required with ingress.enabled" -}}{{- end -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.prometheus) -}}
  {{- fail "autoscaling.prometheus is required with autoscaling.enabled: the address of a Prometheus that reads the metrics" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
  {{- range $name, $range := .Values.autoscaling.services -}}
    {{- if gt (int $range.least) (int $range.most) -}}
      {{- fail (printf "autoscaling.services.%s: least is more than most" $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end -}}
