# report.awk - medians, ratios and verdicts of one benchmark case, as a table for people.
#
# in:  LABEL                              a tool that took part, in the order of the rows
#      LABEL WALL CPU PEAK_KIB STATUS     a run that counts (fields separated by TABs)
# -v:  name (of the case), runs (asked of each tool), tsv (the same rows are appended there),
#      ref, wall, cpu, peak (netkit's bounds: see bench.sh)
# The exit status is 1 when a row of netkit is over a bound or has no run that counts.

function median(values, n,    i, j, v)
{
	for (i = 2; i <= n; i++) {
		v = values[i]
		for (j = i - 1; j > 0 && values[j] > v; j--)
			values[j + 1] = values[j]
		values[j + 1] = v
	}
	return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

# The median of one column of one tool, in the unit of the table.
function column(label, field, unit,    i, values)
{
	split("", values)
	for (i = 1; i <= count[label]; i++)
		values[i] = run[label, i, field] / unit
	return median(values, count[label])
}

function fastest(label,    i, least)
{
	least = run[label, 1, 2]
	for (i = 2; i <= count[label]; i++)
		if (run[label, i, 2] < least)
			least = run[label, i, 2]
	return least + 0
}

function ratio(value, base)
{
	return base > 0 ? sprintf("%.2f", value / base) : "-"
}

# One bound: value / base against limit; both may be missing.
function judge(what, value, base, limit, of,    r, verdict)
{
	if (limit == "-")
		return
	if (base <= 0) {
		verdict = "no " of " to compare with"
		bad = 1
	} else {
		r = value / base
		verdict = sprintf("%.2f%s, at most %s: ", r, of == "" ? "" : " x " of, limit)
		verdict = verdict (r <= limit + 0 ? "ok" : "OVER")
		if (r > limit + 0)
			bad = 1
	}
	verdicts = verdicts (verdicts == "" ? "" : "; ") what " " verdict
}

BEGIN {
	FS = "\t"
	OFS = "\t"
}

NF == 1 {
	labels[++rows] = $1
	next
}

{
	n = ++count[$1]
	for (i = 2; i <= 4; i++)
		run[$1, n, i] = $i
}

END {
	for (i = 1; i <= rows; i++) {
		l = labels[i]
		if (!count[l])
			continue
		wall_of[l] = column(l, 2, 1)
		cpu_of[l] = column(l, 3, 1)
		peak_of[l] = column(l, 4, 1024)
		if (l ~ /^netkit/)
			continue
		if (!best_wall || wall_of[l] < best_wall)
			best_wall = wall_of[l]
		if (!best_cpu || cpu_of[l] < best_cpu)
			best_cpu = cpu_of[l]
	}
	base_wall = ref == "best" ? best_wall : wall_of[ref]
	base_cpu = ref == "best" ? best_cpu : cpu_of[ref]
	of = ref == "best" ? "best peer" : ref

	printf "\n%-27s %8s %8s %8s %8s %8s %7s %7s\n", name, "wall s", "fastest", "cpu s",
		"peak MB", "runs", "x wall", "x cpu"
	for (i = 1; i <= rows; i++) {
		l = labels[i]
		verdicts = ""
		if (!count[l]) {
			printf "  %-25s %8s %8s %8s %8s %8s\n", l, "-", "-", "-", "-", "0/" runs
			if (l ~ /^netkit/) {
				verdicts = "FAILED"
				bad = 1
			}
			print name, l, "", "", "", "", 0, "", "", verdicts >>tsv
			continue
		}
		xw = ratio(wall_of[l], best_wall)
		xc = ratio(cpu_of[l], best_cpu)
		printf "  %-25s %8.4f %8.4f %8.4f %8.1f %8s %7s %7s\n", l, wall_of[l], fastest(l),
			cpu_of[l], peak_of[l], count[l] "/" runs, xw, xc
		if (l ~ /^netkit/) {
			judge("wall", wall_of[l], base_wall, wall, of)
			judge("cpu", cpu_of[l], base_cpu, cpu, of)
			judge("peak MB", peak_of[l], 1, peak, "")
			if (verdicts != "")
				print "    " verdicts
		}
		print name, l, sprintf("%.6f", wall_of[l]), sprintf("%.6f", fastest(l)),
			sprintf("%.6f", cpu_of[l]), sprintf("%.2f", peak_of[l]), count[l], xw, xc,
			verdicts >>tsv
	}
	exit bad
}
