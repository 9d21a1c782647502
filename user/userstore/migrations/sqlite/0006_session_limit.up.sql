-- An account has at most 1000 sessions: those go that have not been used for the
-- longest time. Their access tokens end within 15 minutes.
DELETE FROM sessions WHERE id IN (SELECT id FROM (
  SELECT id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY use_time DESC, id DESC) AS place FROM sessions
) AS ranked WHERE place > 1000)
