#include "adam.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

#define BETA_1 0.9f
#define BETA_2 0.98f
#define EPS 1e-8f
#define ADAM_MEAN 0.995f

int adam_init(struct adam *a, const struct net *n, struct err *err)
{
	*a = (struct adam){ .n = net_n_params(n) };
	a->m = mem_new_array(a->n, sizeof(float));
	a->v = mem_new_array(a->n, sizeof(float));
	a->mean = mem_new_array(a->n, sizeof(float));
	a->decays = mem_new_array(a->n, 1);
	if (!a->m || !a->v || !a->mean || !a->decays)
		return err_set(err, -ENOMEM, "optimiser");
	for (size_t i = 0; i < a->n; i++)
		a->decays[i] = net_decays(n, i);
	return 0;
}

void adam_done(struct adam *a)
{
	free(a->m);
	free(a->v);
	free(a->mean);
	free(a->decays);
}

float adam_rate(float peak, size_t step, size_t warm, size_t total)
{
	if (step < warm)
		return peak * (float)(step + 1) / (float)warm;
	float done = total > warm ? (float)(step - warm) / (float)(total - warm) : 1;
	float half = 0.5f * (1 + cosf(3.14159265f * (done < 1 ? done : 1)));
	return peak * (0.05f + 0.95f * half);
}

float adam_step(struct adam *a, struct net *n, const struct adam_rates *rates)
{
	float *w = net_params(n);
	const float *g = net_gradient(n);
	double sum = 0;
	for (size_t i = 0; i < a->n; i++)
		sum += (double)g[i] * g[i];
	float length = (float)sqrt(sum), shrink = length > rates->clip ? rates->clip / length : 1;
	a->steps++;
	float bias_1 = 1 - powf(BETA_1, (float)a->steps), bias_2 = 1 - powf(BETA_2, (float)a->steps);
	float keep = fminf(ADAM_MEAN, (float)a->steps / ((float)a->steps + 10));
	for (size_t i = 0; i < a->n; i++) {
		float x = g[i] * shrink;
		a->m[i] = BETA_1 * a->m[i] + (1 - BETA_1) * x;
		a->v[i] = BETA_2 * a->v[i] + (1 - BETA_2) * x * x;
		float move = a->m[i] / bias_1 / (sqrtf(a->v[i] / bias_2) + EPS);
		w[i] -= rates->rate * (move + rates->decay * (float)a->decays[i] * w[i]);
		a->mean[i] = keep * a->mean[i] + (1 - keep) * w[i];
	}
	return length;
}
