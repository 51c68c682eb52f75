import type { Projection } from '../../api/types';
import css from './Projections.module.css';
import { countInWords } from './words';

/** Where a projection is in the log, partition by partition. */
export function Position({ projection: { name, partitions } }: { projection: Projection }) {
  const passed = partitions.reduce((sum, { position }) => sum + position + 1, 0);
  const records = passed === 1 ? '1 record' : `${countInWords(passed)} records`;
  const places = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`;
  return (
    <details className={css.position}>
      <summary>
        {records} passed in {places}
      </summary>
      <table>
        <caption className="visually-hidden">Partitions of {name}</caption>
        <thead>
          <tr>
            <th scope="col">Partition</th>
            <th scope="col">Position</th>
            <th scope="col">Behind</th>
          </tr>
        </thead>
        <tbody>
          {partitions.map(({ topic, partition, position, lag }) => (
            <tr key={`${topic}/${partition}`}>
              <th scope="row">
                {topic}/{partition}
              </th>
              <td>{position < 0 ? 'before the first' : countInWords(position)}</td>
              <td>{lag == null ? 'unknown' : countInWords(lag)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
