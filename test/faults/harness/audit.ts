/** One change of a row of the engine's, as a trigger saw it within the transaction that made it. */
export interface Change {
  readonly id: number;
  /** Epoch ms by the database's clock. */
  readonly at: number;
  readonly kind: 'run' | 'node';
  readonly run: string;
  readonly node: string | null;
  readonly idx: number | null;
  readonly oldStatus: string | null;
  readonly newStatus: string;
  readonly oldEpoch: number | null;
  readonly newEpoch: number;
  /** Of a node's change: the epoch that its run had at that moment, which whoever writes must have. */
  readonly runEpoch: number;
  readonly oldOwner: string | null;
  readonly newOwner: string | null;
  /** Of a run's change: whether the process that made it is the one that owned the run until then. `null` where nobody did. */
  readonly isByOwner: boolean | null;
}

/**
 * Logs every change of a run and of a node, by the database itself. A trigger's query has a snapshot of its own: it sees
 * a takeover that was committed after the snapshot of the statement that it belongs to.
 */
export const CREATE_AUDIT = `
CREATE TABLE audit (
  id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(), kind text NOT NULL, run uuid NOT NULL, node text,
  idx int, old_status text, new_status text NOT NULL, old_epoch int, new_epoch int NOT NULL, run_epoch int NOT NULL,
  old_owner uuid, new_owner uuid, is_by_owner boolean
);
CREATE FUNCTION audit_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit (kind, run, new_status, new_epoch, run_epoch, new_owner)
    VALUES ('run', NEW.id, NEW.status, NEW.epoch, NEW.epoch, NEW.owner);
  ELSE
    INSERT INTO audit (kind, run, old_status, new_status, old_epoch, new_epoch, run_epoch, old_owner, new_owner, is_by_owner)
    SELECT 'run', NEW.id, OLD.status, NEW.status, OLD.epoch, NEW.epoch, NEW.epoch, OLD.owner, NEW.owner,
           split_part((SELECT label FROM typeflow.worker WHERE id = OLD.owner), ':', 2)
             -- Unknown where connections are not signed, as in the one process of an embedded database.
             = nullif(split_part(current_setting('application_name'), ' ', 2), '');
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION audit_node() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  current_epoch int := (SELECT epoch FROM typeflow.run WHERE id = NEW.run_id);
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO audit (kind, run, node, idx, new_status, new_epoch, run_epoch)
    VALUES ('node', NEW.run_id, NEW.node, NEW.idx, NEW.status, NEW.epoch, current_epoch);
  ELSE
    INSERT INTO audit (kind, run, node, idx, old_status, new_status, old_epoch, new_epoch, run_epoch)
    VALUES ('node', NEW.run_id, NEW.node, NEW.idx, OLD.status, NEW.status, OLD.epoch, NEW.epoch, current_epoch);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER audit_run AFTER INSERT OR UPDATE ON typeflow.run FOR EACH ROW EXECUTE FUNCTION audit_run();
CREATE TRIGGER audit_node AFTER INSERT OR UPDATE ON typeflow.node FOR EACH ROW EXECUTE FUNCTION audit_node()`;
